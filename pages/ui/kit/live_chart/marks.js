// Where somebody changed a run: a labelled line at the step, across every curve and heatmap.

const MARK_FONT_PX = 10;
const LONGEST_LABEL = 44;

/**
 * A run's marks, with a number before the words where several runs share a chart; those of one step
 * are one, so that no two labels lie upon each other.
 * @param {{ history: RunHistory, position?: number }[]} runs @returns {Mark[]}
 */
function marksOf(runs) {
  return runs.flatMap((run, index) => {
    const { history } = run;
    const steps = [...new Set(history.marks.map(({ step }) => step))];
    return steps.map((step) => {
      const words = history.marks.filter((mark) => mark.step === step).map(({ text }) => text);
      return { step, text: asText(numbered(shortened(words), positionOf(run, index), runs)) };
    });
  });
}

/** @param {string[]} words */
function shortened(words) {
  const text = words.length > 2 ? `${words.length} changes` : words.join("; ");
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text;
}

/**
 * Draws marks across one part of a figure, and says of each what it was.
 * @param {Layout} layout @param {Mark[]} marks @param {Look} look
 * @param {{ suffix?: string, isLabelled?: boolean }} where the axes of that part
 */
function addMarks(layout, marks, look, { suffix = "", isLabelled = true } = {}) {
  const places = marks.map((mark) => ({ suffix, ...mark }));
  const labels = isLabelled ? places.map((place) => markLabel(place, look)) : [];
  layout.shapes = [...(layout.shapes ?? []), ...places.map((place) => markLine(place, look))];
  layout.annotations = [...(layout.annotations ?? []), ...labels];
  return layout;
}

/** @param {Mark & { suffix: string }} mark @param {Look} look */
function markLine({ step, suffix }, look) {
  const at = { xref: `x${suffix}`, yref: `y${suffix} domain`, x0: step, x1: step, y0: 0, y1: 1 };
  return { type: "line", ...at, line: { color: look.text, width: 1, dash: "dash" }, opacity: 0.7 };
}

/** @param {Mark & { suffix: string }} mark @param {Look} look */
function markLabel({ step, text, suffix }, look) {
  return {
    text,
    x: step,
    xref: `x${suffix}`,
    y: 1,
    yref: `y${suffix} domain`,
    xanchor: "right",
    yanchor: "top",
    textangle: -90,
    showarrow: false,
    font: { size: MARK_FONT_PX, color: look.text },
  };
}
