// Where a figure stands: the plot, its words for whoever does not see it, and its tools below.

/** @param {HTMLElement} root @param {string} name */
function placeOf(root, name) {
  const plot = /** @type {DrawnElement} */ (part(root, name));
  const place = /** @type {HTMLElement} */ (plot.parentElement);
  return { place, plot, tools: part(place, "plot-tools"), twin: part(place, "plot-twin") };
}

/**
 * Tells Python the step at which a person presses on a curve or a map of layers, where it asks for that.
 * @param {DrawnElement} plot @param {{ data: ChartData, tellStep?: (step: number) => void }} chart
 */
function hearSteps(plot, chart) {
  plot.on?.("plotly_click", ({ points }) => {
    const step = Math.round(Number(points[0]?.x));
    if (!chart.data.step_reveals || !(step >= 0)) return;
    chart.tellStep?.(step);
    reveal(chart.data.step_reveals);
  });
}

/** Says in words what was drawn. @param {HTMLElement} root @param {string} name @param {Figure} figure */
function tellFigure(root, name, figure) {
  const { plot, twin } = placeOf(root, name);
  plot.setAttribute("role", "figure");
  plot.setAttribute("aria-label", figureTitle(figure.layout));
  twin.textContent = figureTwin(figure);
}

/**
 * A figure as it leaves the page: its title with the runs' names, how far they were, and its source.
 * @param {DrawnElement} plot @param {ShownRun[]} runs @param {string} madeBy
 */
function printedCurves(plot, runs, madeBy) {
  const names = runs.map((run, index) => numbered(run.spec.name, positionOf(run, index), runs));
  const states = runs.map(({ history }, index) => `${names[index]}: ${statusLine(history.header)}.`);
  const title = `${figureTitle(plot.layout ?? {})} · ${names.join(", ")}`;
  const figure = printed(plot, title, [states.join(" "), sourceLine(madeBy, window.location, new Date())]);
  return { ...figure, layout: { ...figure.layout, title: undefined } }; // it stands above already
}

/**
 * Leaves what is on show where a test, or a curious person, can read it.
 * @param {HTMLElement} root @param {{ runs: unknown[], lastBytes: number, look: Look }} chart @param {ShownRun[]} runs
 */
function tellMeasures(root, chart, runs) {
  const { history } = runs[0];
  root.dataset.steps = history.arms.map((arm) => arm.step.at(-1) ?? 0).join(",");
  root.dataset.points = history.arms.map((arm) => arm.step.length).join(",");
  root.dataset.runs = String(chart.runs.length);
  root.dataset.bytes = String(chart.lastBytes);
  root.dataset.theme = chart.look.theme;
}
