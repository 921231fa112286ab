// The heatmap of gradient norms: layers by steps, one an arm, all on one colour scale.

/**
 * Range of the colours: from the 1st to the 99th percentile of the log10 norms on show, so that a
 * few steps at the start do not eat the scale, rounded outwards so that it rests.
 * @param {ShownArm[]} arms @param {number} mostDecades @returns {[number, number]}
 */
function normRange(arms, mostDecades) {
  const rows = arms.flatMap(({ arm }) => arm.norms);
  const stride = Math.max(1, Math.floor(rows.reduce((sum, row) => sum + row.length, 0) / 8192));
  const sample = rows.flatMap((row, index) => row.filter((_, bucket) => (index + bucket) % stride === 0));
  const finite = sample.filter((value) => value !== null).sort((a, b) => a - b);
  if (finite.length === 0) return [-3, 0];
  /** @param {number} share */
  const at = (share) => finite[Math.round(share * (finite.length - 1))];
  const [low, high] = [at(0.01), at(0.99)];
  return [Math.max(Math.floor(low * 2) / 2, high - mostDecades), Math.ceil(high * 2 + 0.01) / 2];
}

/** @param {[number, number]} range */
function powersOfTen([low, high]) {
  const exponents = [];
  const stride = Math.ceil((high - low) / 8);
  for (let power = Math.ceil(low); power <= high; power += stride) exponents.push(power);
  return { tickvals: exponents, ticktext: exponents.map((power) => `10<sup>${power}</sup>`) };
}

/** @type {DrawFigure} */
function flowFigure(runs, look, { layers, heat }) {
  const arms = shownArms(runs, look).filter((shown) => shown.arm.layers.length > 0);
  const columns = Math.min(2, Math.max(1, arms.length));
  const rows = Math.max(1, Math.ceil(arms.length / columns));
  const deepest = Math.max(0, ...arms.map(({ arm }) => arm.layers.length));
  const areSeeds = arms.some(({ replicas }) => replicas.length > 1);
  const whose = areSeeds ? ", median of seeds" : "";
  const title = `${layers.title} of every layer${whose}, input below, output above; before clipping`;
  const layout = baseLayout(look, 100 + rows * Math.min(420, 190 + 3 * deepest), title);
  layout.margin.t = 66;
  // Twins have the same layers: one row of names serves both, and a zoom in one zooms the other.
  const areTwins = new Set(arms.map(({ arm }) => arm.layers.join())).size === 1;
  layout.grid = { rows, columns, pattern: "independent", xgap: areTwins ? 0.04 : 0.24, ygap: 0.2 };
  const range = normRange(arms, heat.most_decades);
  layout.coloraxis = {
    colorscale: heat.colours,
    cmin: range[0],
    cmax: range[1],
    colorbar: { title: { text: "norm", side: "top" }, thickness: 12, outlinewidth: 0, ...powersOfTen(range) },
  };
  layout.annotations = arms.map(flowTitle);
  const traces = arms.map((shown, position) => {
    addFlowAxes(layout, stepAxis(runs, look), look, { position, areTwins, showsNames: !areTwins || position % columns === 0 });
    addMarks(layout, marksOf([{ history: shown.run }]), look, { suffix: axisSuffix(position), isLabelled: false });
    return flowTrace(shown, position, layers);
  });
  return { traces, layout };
}

/** @param {number} position */
const axisSuffix = (position) => (position === 0 ? "" : String(position + 1));

/**
 * @param {Layout} layout @param {Record<string, unknown>} steps @param {Look} look
 * @param {{ position: number, areTwins: boolean, showsNames: boolean }} place
 */
function addFlowAxes(layout, steps, look, { position, areTwins, showsNames }) {
  /** @param {string} name */
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

/** @param {ShownArm} shown @param {number} position */
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
 * @param {number[]} steps
 */
function evenly(steps) {
  if (steps.length < 3) return steps;
  const [before, last] = steps.slice(-3, -1);
  return [...steps.slice(0, -1), 2 * last - before];
}

/** @param {ShownArm} shown @param {number} position @param {FlowQuantity} layers @returns {Trace} */
function flowTrace({ arm, name }, position, layers) {
  return {
    type: "heatmap",
    name,
    x: evenly(arm.step),
    y: arm.layers.map(asText),
    z: arm.norms,
    customdata: arm.values,
    text: arm.norms.map(() => arm.step),
    xaxis: `x${axisSuffix(position)}`,
    yaxis: `y${axisSuffix(position)}`,
    coloraxis: "coloraxis",
    hovertemplate: `${name}<br>${layers.place} %{y}<br>step %{text:,d}<br>${layers.unit} %{customdata:.3g}<extra></extra>`,
  };
}
