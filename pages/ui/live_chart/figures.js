// From histories to Plotly traces and layouts.  A figure is a pure function of (runs, look).

const DASHES = ["solid", "dash", "dot", "dashdot"];
const SYMBOLS = ["circle-open", "square-open", "diamond-open", "triangle-up-open"];
const MEMORY = 0.9;
const LEGEND_COLUMNS = 2;
const LEGEND_ROW_PX = 22;
const CLEAR = "rgba(0,0,0,0)";

/** Plotly reads names as a kind of HTML: make them text again. */
function asText(name) {
  return name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Beside others a run goes by a number, in curves and cards alike: its name is too long for a legend. */
function numbered(name, position, runs) {
  return runs.length > 1 ? `${position + 1} · ${name}` : name;
}

/** Every arm on show with its colour and dash: {run, arm, index, name, colour, dash, symbol}. */
function shownArms(runs, look) {
  return runs.flatMap(({ spec, history }, runIndex) =>
    history.arms.map((arm, index) => ({
      run: history,
      arm,
      index,
      name: asText(numbered(arm.label, runIndex, runs)),
      colour: spec.colours[look.theme][index],
      dash: DASHES[runIndex % DASHES.length],
      symbol: SYMBOLS[runIndex % SYMBOLS.length],
    })),
  );
}

function evaluationsOf({ run, index }, split) {
  return run.evaluations.filter((each) => each.arm === index && each.split === split);
}

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
    modebar: { bgcolor: CLEAR, color: look.faint, activecolor: look.text },
    uirevision: "keep", // zoom, pan and hidden traces stay while data stream in
  };
}

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

const logAxis = (look, title) => axis(look, title, { type: "log", tickformat: "~g", nticks: 6 });
/** Steps are whole: a young run has a tick at each, an older one where Plotly likes. */
function stepAxis(runs, look) {
  const last = Math.max(...runs.map(({ history }) => history.lastStep));
  return axis(look, "step", { rangemode: "tozero", tickformat: ",d", dtick: last < 8 ? 1 : undefined });
}

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

/** Measured points faintly, their moving average firmly, validation as open marks. */
function curveTraces(shown, quantity, format) {
  const raw = shown.arm.curves[quantity];
  const points = evaluationsOf(shown, "validation");
  const says = (what) => `${shown.name}<br>${what}<br>step %{x:,d}<br>%{y:${format}}<extra></extra>`;
  return [
    line(shown, raw, { opacity: 0.28, showlegend: false, hoverinfo: "skip", line: { color: shown.colour, width: 1 } }),
    line(shown, smooth(raw, MEMORY), { hovertemplate: says(`training ${quantity}, smoothed`) }),
    {
      type: "scatter",
      mode: "lines+markers",
      x: points.map((each) => each.step),
      y: points.map((each) => each[quantity]),
      name: `${shown.name}, validation`,
      legendgroup: shown.name,
      showlegend: false,
      line: { color: shown.colour, width: 1, dash: "dot" },
      marker: { size: 8, symbol: shown.symbol, color: shown.colour, line: { width: 2 } },
      hovertemplate: says(`validation ${quantity}`),
    },
  ];
}

/** Makes room above the curves for as many rows as the legend needs. */
function makeRoomForLegend(layout, arms) {
  const rows = Math.max(1, Math.ceil(arms.length / LEGEND_COLUMNS));
  layout.margin.t += LEGEND_ROW_PX * (rows - 1);
  layout.height += LEGEND_ROW_PX * (rows - 1);
  return layout;
}

function lossFigure(runs, look) {
  const arms = shownArms(runs, look);
  const traces = arms.flatMap((shown) => curveTraces(shown, "loss", ".4f"));
  const layout = makeRoomForLegend(baseLayout(look, 330, "Loss: training (line), validation (marks)"), arms);
  layout.xaxis = stepAxis(runs, look);
  layout.yaxis = logAxis(look, "cross-entropy");
  return { traces, layout };
}

function accuracyFigure(runs, look) {
  const arms = shownArms(runs, look);
  const traces = arms.flatMap((shown) => curveTraces(shown, "accuracy", ".1%"));
  const layout = makeRoomForLegend(baseLayout(look, 330, "Accuracy: training (line), validation (marks)"), arms);
  layout.xaxis = stepAxis(runs, look);
  // A run's only point would otherwise stand between minus and plus a hundred percent.
  const autorangeoptions = { clipmin: 0, clipmax: 1 };
  layout.yaxis = axis(look, "share classified rightly", { tickformat: ".0%", autorangeoptions });
  return { traces, layout };
}

function rateFigure(runs, look) {
  // The arms of a run share one schedule: one line a run.
  const traces = shownArms(runs, look)
    .filter((shown) => shown.index === 0)
    .map((shown) =>
      line(shown, shown.arm.curves.learning_rate, {
        line: { color: look.faint, width: 2, dash: shown.dash },
        hovertemplate: "step %{x:,d}<br>learning rate %{y:.4g}<extra></extra>",
        showlegend: false,
        cliponaxis: false,
      }),
    );
  const layout = baseLayout(look, 220, "Learning rate");
  layout.margin.t = 40;
  layout.xaxis = stepAxis(runs, look);
  layout.yaxis = axis(look, "learning rate", { rangemode: "tozero" });
  return { traces, layout };
}

function normFigure(runs, look) {
  const traces = shownArms(runs, look).map((shown) =>
    line(shown, smooth(shown.arm.curves.gradient_norm, MEMORY), {
      hovertemplate: `${shown.name}<br>step %{x:,d}<br>gradient norm %{y:.3g}<extra></extra>`,
      showlegend: false,
    }),
  );
  const layout = baseLayout(look, 220, "Norm of the whole gradient, smoothed");
  layout.margin.t = 40;
  layout.xaxis = stepAxis(runs, look);
  layout.yaxis = logAxis(look, "gradient norm");
  return { traces, layout };
}

/**
 * Range of the colours: from the 1st to the 99th percentile of the log10 norms on show, so that a
 * few steps at the start do not eat the scale, rounded outwards so that it rests.
 */
function normRange(arms) {
  const rows = arms.flatMap(({ arm }) => arm.norms);
  const stride = Math.max(1, Math.floor(rows.reduce((sum, row) => sum + row.length, 0) / 8192));
  const sample = rows.flatMap((row, index) => row.filter((_, bucket) => (index + bucket) % stride === 0));
  const finite = sample.filter((value) => value !== null).sort((a, b) => a - b);
  if (finite.length === 0) return [-3, 0];
  const at = (share) => finite[Math.round(share * (finite.length - 1))];
  const [low, high] = [at(0.01), at(0.99)];
  // Below a millionth of a millionth of the largest nothing is left to tell apart.
  return [Math.max(Math.floor(low * 2) / 2, high - 12), Math.ceil(high * 2 + 0.01) / 2];
}

function powersOfTen([low, high]) {
  const exponents = [];
  const stride = Math.ceil((high - low) / 8);
  for (let power = Math.ceil(low); power <= high; power += stride) exponents.push(power);
  return { tickvals: exponents, ticktext: exponents.map((power) => `10<sup>${power}</sup>`) };
}

/** One heatmap an arm, layers by steps, all on one colour scale. */
function flowFigure(runs, look) {
  const arms = shownArms(runs, look).filter((shown) => shown.arm.layers.length > 0);
  const columns = Math.min(2, Math.max(1, arms.length));
  const rows = Math.max(1, Math.ceil(arms.length / columns));
  const deepest = Math.max(0, ...arms.map(({ arm }) => arm.layers.length));
  const title = "Gradient norm of every layer, input below, output above; before clipping";
  const layout = baseLayout(look, 100 + rows * Math.min(420, 190 + 3 * deepest), title);
  layout.margin.t = 66;
  // Twins have the same layers: one row of names serves both, and a zoom in one zooms the other.
  const areTwins = new Set(arms.map(({ arm }) => arm.layers.join())).size === 1;
  layout.grid = { rows, columns, pattern: "independent", xgap: areTwins ? 0.04 : 0.24, ygap: 0.2 };
  const range = normRange(arms);
  layout.coloraxis = {
    colorscale: "Viridis",
    cmin: range[0],
    cmax: range[1],
    colorbar: { title: { text: "norm", side: "top" }, thickness: 12, outlinewidth: 0, ...powersOfTen(range) },
  };
  layout.annotations = [];
  const traces = arms.map((shown, position) => {
    addFlowAxes(layout, stepAxis(runs, look), look, { position, areTwins, showsNames: !areTwins || position % columns === 0 });
    layout.annotations.push(flowTitle(shown, position));
    return flowTrace(shown, position);
  });
  return { traces, layout };
}

const axisSuffix = (position) => (position === 0 ? "" : String(position + 1));

function addFlowAxes(layout, steps, look, { position, areTwins, showsNames }) {
  const linked = (name) => (areTwins && position > 0 ? { matches: name } : {});
  const suffix = axisSuffix(position);
  layout[`xaxis${suffix}`] = { ...steps, rangemode: "normal", showgrid: false, ...linked("x") };
  layout[`yaxis${suffix}`] = axis(look, "", {
    type: "category",
    nticks: 8,
    showgrid: false,
    showticklabels: showsNames,
    tickfont: { size: 10 },
    ...linked("y"),
  });
}

function flowTitle({ name, colour }, position) {
  return {
    text: `<b>${name}</b>`,
    font: { color: colour, size: 13 },
    showarrow: false,
    xref: `x${axisSuffix(position)} domain`,
    yref: `y${axisSuffix(position)} domain`,
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "bottom",
  };
}

/**
 * Steps with the newest bucket, which may be half full, as far from the one before as all others
 * are: Plotly draws an even heatmap as one picture, and any other cell by cell, which takes long.
 */
function evenly(steps) {
  if (steps.length < 3) return steps;
  const [before, last] = steps.slice(-3, -1);
  return [...steps.slice(0, -1), 2 * last - before];
}

function flowTrace({ arm, name }, position) {
  return {
    type: "heatmap",
    x: evenly(arm.step),
    y: arm.layers.map(asText),
    z: arm.norms,
    customdata: arm.values,
    text: arm.norms.map(() => arm.step),
    xaxis: `x${axisSuffix(position)}`,
    yaxis: `y${axisSuffix(position)}`,
    coloraxis: "coloraxis",
    hovertemplate: `${name}<br>layer %{y}<br>step %{text:,d}<br>gradient norm %{customdata:.3g}<extra></extra>`,
  };
}
