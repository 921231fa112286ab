// From histories to Plotly traces and layouts.  A figure is a pure function of (runs, look, terms),
// where terms are Python's names, units, scales and formats of what a run measures.

const DASHES = ["solid", "dash", "dot", "dashdot"];
const SYMBOLS = ["circle-open", "square-open", "diamond-open", "triangle-up-open"];
const MEMORY = 0.9;
const LEGEND_COLUMNS = 2;
const LEGEND_ROW_PX = 22;
const TITLE_LETTER_PX = 7.2; // on average, at the size below
const TITLE_LINE_PX = 19;
const EVEN_DECADES = 0.85; // with its margins such an axis is shorter than a decade
const WRAPPED_TITLE_TOP_PX = 19; // Plotly sets the first of several lines higher than a line alone
const CLEAR = "rgba(0,0,0,0)";
const PER_CENT = "\u00a0%";

/** Plotly reads names as a kind of HTML: make them text again. @param {string} name */
function asText(name) {
  return name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * Beside others a run goes by a number, in curves and cards alike: its name is too long for a legend.
 * @param {string} name @param {number} position @param {unknown[]} runs
 */
function numbered(name, position, runs) {
  return runs.length > 1 || position > 0 ? `${position + 1} · ${name}` : name;
}

/**
 * The place of a run among all that are shown, so that cards, which every run has, and curves agree.
 * @param {{ position?: number }} run @param {number} index
 */
const positionOf = ({ position }, index) => position ?? index;

/**
 * Every arm on show with its colour and dash; several seeds of one are one.
 * @param {ShownRun[]} runs @param {Look} look @returns {ShownArm[]}
 */
function shownArms(runs, look) {
  return runs.flatMap((run, runIndex) => {
    const position = positionOf(run, runIndex);
    return run.history.replicas.map((replicas, index) => ({
      run: run.history,
      arm: medianArm(replicas),
      replicas,
      index,
      name: asText(numbered(replicas[0].label, position, runs)),
      colour: run.spec.colours[look.theme][index],
      dash: DASHES[position % DASHES.length],
      symbol: SYMBOLS[position % SYMBOLS.length],
    }));
  });
}

/** @param {RunHistory} run @param {number} place @param {string} split */
function evaluationsOf(run, place, split) {
  return run.evaluations.filter((each) => each.arm === place && each.split === split);
}

/** @param {Look} look @param {number} height @param {string} title @returns {Layout} */
function baseLayout(look, height, title) {
  return {
    height,
    title: { text: title, x: 0, xref: "paper", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 8 }, font: { size: 15 } },
    margin: { l: 58, r: 14, t: 62, b: 44 },
    paper_bgcolor: look.background,
    plot_bgcolor: look.background,
    font: { family: look.font, color: look.text, size: 12 },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", bgcolor: CLEAR },
    hovermode: "closest",
    hoverlabel: { font: { family: look.font } },
  };
}

/**
 * Breaks a title that is wider than its figure into lines, and makes room for them.
 * @param {Layout} layout @param {number} widthPx 0 while that is not known @returns {Layout}
 */
function withWrappedTitle(layout, widthPx) {
  const most = Math.floor(widthPx / TITLE_LETTER_PX);
  const text = figureTitle(layout);
  if (!most || text.length <= most) return layout;
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length && longer.length <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const more = TITLE_LINE_PX * (lines.length - 1);
  return {
    ...layout,
    height: layout.height + more,
    margin: { ...layout.margin, t: layout.margin.t + more },
    title: { .../** @type {object} */ (layout.title), text: lines.join("<br>"), pad: { t: WRAPPED_TITLE_TOP_PX } },
  };
}

/** @param {Look} look @param {string} title @param {Record<string, unknown>} more */
function axis(look, title, more = {}) {
  return {
    title: { text: title, standoff: 8 },
    gridcolor: look.grid,
    linecolor: look.grid,
    zeroline: false,
    automargin: true,
    ...more,
  };
}

/** How many powers of ten the values of some curves span. @param {Trace[]} traces */
function decades(traces) {
  const values = traces.flatMap(({ y }) => (Array.isArray(y) ? y : [])).filter((value) => value > 0 && Number.isFinite(value));
  const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
  return most > 0 ? Math.log10(most / least) : 0;
}

/**
 * What a curve of it is drawn from: of a share percents, as Plotly's own format has no space before their sign.
 * @param {Quantity} quantity @param {Values} values @returns {Values}
 */
function drawnValues({ scale }, values) {
  return scale === "share" ? values.map((value) => (value === null ? null : 100 * value)) : values;
}

/** A drawn value in a hover text. @param {Quantity} quantity */
const hoverValue = ({ scale, number }) => `%{y:${number}}${scale === "share" ? PER_CENT : ""}`;

/**
 * An axis that counts as Python says of the quantity.
 * @param {Look} look @param {Quantity} quantity @param {Trace[]} traces what is drawn on it
 */
function quantityAxis(look, { unit, scale }, traces) {
  // Within a decade ticks are even.  Beyond it Plotly labels, with more than three of them, each of 1 to
  // 9, and they run into each other.
  const nticks = decades(traces) < EVEN_DECADES ? 7 : 3;
  if (scale === "log") return axis(look, unit, { type: "log", tickformat: "~g", nticks });
  if (scale === "linear") return axis(look, unit, { rangemode: "tozero" });
  // A run's only point would otherwise stand between minus and plus a hundred percent.
  return axis(look, unit, { tickformat: "~g", ticksuffix: PER_CENT, autorangeoptions: { clipmin: 0, clipmax: 100 } });
}

/**
 * Steps are whole: a young run has a tick at each, an older one where Plotly likes.
 * @param {ShownRun[]} runs @param {Look} look
 */
function stepAxis(runs, look) {
  const last = Math.max(...runs.map(({ history }) => Math.max(history.lastStep, history.endStep)));
  const isReplay = runs.some(({ history }) => history.endStep > 0);
  const range = isReplay ? { range: [0, 1.02 * last] } : {}; // the paper is there before the curve
  return axis(look, "step", { rangemode: "tozero", tickformat: ",d", dtick: last < 8 ? 1 : undefined, ...range });
}

/** @param {ShownArm} shown @param {Values} y @param {Record<string, unknown>} more @returns {Trace} */
function line(shown, y, more = {}) {
  return {
    type: "scatter",
    mode: shown.arm.step.length === 1 ? "markers" : "lines",
    x: shown.arm.step,
    y,
    name: shown.name,
    legendgroup: shown.name,
    line: { color: shown.colour, width: 2, dash: shown.dash },
    ...more,
  };
}

/**
 * What stays behind a firm line: the measured points, or of several seeds the average of each.
 * @param {ShownArm} shown @param {Values[]} curves @returns {Trace[]}
 */
function faintTraces(shown, curves) {
  const faint = { opacity: 0.28, showlegend: false, hoverinfo: "skip", line: { color: shown.colour, width: 1 } };
  return curves.map((curve, index) => line(shown, curve, { ...faint, x: shown.replicas[index].step }));
}

/**
 * Measured points faintly, their moving average firmly, validation as open marks.  Of several seeds the
 * averages are faint and their median is firm.
 * @param {ShownArm} shown @param {Quantity} quantity @returns {Trace[]}
 */
function curveTraces(shown, quantity) {
  const { name } = quantity;
  const raw = shown.replicas.map((arm) => drawnValues(quantity, arm.curves[name]));
  const averages = raw.map((curve) => smooth(curve, MEMORY));
  const isOne = raw.length === 1;
  const what = `${quantity.title.toLowerCase()}${isOne ? "" : `, median of ${raw.length} seeds`}`;
  const points = medianEvaluations(evaluationsOf(shown.run, shown.index, "validation"));
  /** @param {string} words */
  const says = (words) => `${shown.name}<br>${words}<br>step %{x:,d}<br>${hoverValue(quantity)}<extra></extra>`;
  return [
    ...faintTraces(shown, isOne ? raw : averages),
    line(shown, medianCurve(averages), { hovertemplate: says(`training ${what}, smoothed`) }),
    {
      type: "scatter",
      mode: "lines+markers",
      x: points.map((each) => each.step),
      y: drawnValues(quantity, points.map((each) => (name === "loss" ? each.loss : each.accuracy))),
      name: `${shown.name}, validation`,
      legendgroup: shown.name,
      showlegend: false,
      line: { color: shown.colour, width: 1, dash: "dot" },
      marker: { size: 8, symbol: shown.symbol, color: shown.colour, line: { width: 2 } },
      hovertemplate: says(`validation ${what}`),
    },
  ];
}

/** Makes room above the curves for as many rows as the legend needs. @param {Layout} layout @param {unknown[]} arms */
function makeRoomForLegend(layout, arms) {
  const rows = Math.max(1, Math.ceil(arms.length / LEGEND_COLUMNS));
  layout.margin.t += LEGEND_ROW_PX * (rows - 1);
  layout.height += LEGEND_ROW_PX * (rows - 1);
  return layout;
}

/**
 * A quantity as somebody's own loop logs it: a loss need not be the one that the lab uses, nor above zero.
 * @param {Quantity} quantity @param {Trace[]} traces @returns {Quantity}
 */
function asLogged(quantity, traces) {
  const values = traces.flatMap(({ y }) => (Array.isArray(y) ? y : []));
  const scale = quantity.scale === "log" && values.some((value) => value !== null && value <= 0) ? "linear" : quantity.scale;
  return { ...quantity, unit: quantity.title.toLowerCase(), scale };
}

/** @type {DrawFigure} */
const lossFigure = (runs, look, { curves }) => curveFigure(runs, look, curves.loss);

/** @type {DrawFigure} */
const accuracyFigure = (runs, look, { curves }) => curveFigure(runs, look, curves.accuracy);

/** @param {ShownRun[]} runs @param {Look} look @param {Quantity} quantity @returns {Figure} */
function curveFigure(runs, look, quantity) {
  const arms = shownArms(runs, look);
  const ghosts = ghostTraces(arms, runs, quantity);
  const traces = [...ghosts, ...arms.flatMap((shown) => curveTraces(shown, quantity))];
  const areSeeds = arms.some(({ replicas }) => replicas.length > 1);
  const marks = !runs.every(({ history }) => isWatched(history));
  const title = `${quantity.title}: ${curveWords({ areSeeds, marks, ghosts: haveGhosts(runs) })}`;
  const layout = makeRoomForLegend(baseLayout(look, 330, title), arms);
  layout.xaxis = stepAxis(runs, look);
  layout.yaxis = quantityAxis(look, marks ? quantity : asLogged(quantity, traces), traces);
  return { traces, layout: addMarks(layout, marksOf(runs), look) };
}

/**
 * What a figure's curves are. With a parent it is briefer: on the usual screen it stays one line, and the
 * figures beside each other at one height.
 * @param {{ areSeeds: boolean, marks: boolean, ghosts: boolean }} drawn
 */
function curveWords({ areSeeds, marks, ghosts }) {
  if (ghosts) return `${areSeeds ? "seeds' median" : "training"}${marks ? ", validation (marks)" : ""}, parent (dotted)`;
  return `${areSeeds ? "median of seeds" : "training"}${marks ? " (line), validation (marks)" : ""}`;
}

/** @type {DrawFigure} */
function rateFigure(runs, look, { curves: { learning_rate: rate } }) {
  // The arms of a run share one schedule: one line a run.
  const traces = shownArms(runs, look)
    .filter((shown) => shown.index === 0)
    .map((shown) =>
      line(shown, shown.arm.curves[rate.name], {
        line: { color: look.faint, width: 2, dash: shown.dash },
        hovertemplate: `step %{x:,d}<br>${rate.unit} %{y:${rate.number}}<extra></extra>`,
        showlegend: false,
        cliponaxis: false,
      }),
    );
  return { traces, layout: smallLayout(runs, look, rate, { title: rate.title, traces }) };
}

/** @type {DrawFigure} */
function normFigure(runs, look, { curves: { gradient_norm: norm } }) {
  const traces = shownArms(runs, look).flatMap((shown) => {
    const averages = shown.replicas.map((arm) => smooth(arm.curves[norm.name], MEMORY));
    const firm = line(shown, medianCurve(averages), {
      hovertemplate: `${shown.name}<br>step %{x:,d}<br>${norm.unit} %{y:${norm.number}}<extra></extra>`,
      showlegend: false,
    });
    return [...(averages.length > 1 ? faintTraces(shown, averages) : []), firm];
  });
  return { traces, layout: smallLayout(runs, look, norm, { title: `${norm.title}, smoothed`, traces }) };
}

/**
 * @param {ShownRun[]} runs @param {Look} look @param {Quantity} quantity
 * @param {{ title: string, traces: Trace[] }} drawn
 */
function smallLayout(runs, look, quantity, { title, traces }) {
  const layout = baseLayout(look, 220, title);
  layout.margin.t = 40;
  layout.xaxis = stepAxis(runs, look);
  layout.yaxis = quantityAxis(look, quantity, traces);
  return addMarks(layout, marksOf(runs), look, { isLabelled: false });
}
