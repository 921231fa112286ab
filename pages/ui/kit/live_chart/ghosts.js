// The parent of a fork, as a ghost beside it: how the same net went on without what was changed.

/** @param {ShownRun[]} runs */
const haveGhosts = (runs) => runs.some(({ ghost }) => ghost?.history.hasData);

/**
 * Of each arm of a fork its parent's smoothed curve from the fork on, faintly and dotted.
 * @param {ShownArm[]} arms @param {ShownRun[]} runs @param {Quantity} quantity @returns {Trace[]}
 */
function ghostTraces(arms, runs, quantity) {
  return arms.flatMap((shown) => {
    const run = runs.find(({ history }) => history === shown.run);
    const replicas = run?.ghost?.history.replicas.find(([first]) => first.place === shown.replicas[0].place);
    return replicas ? [ghostTrace(shown, replicas, run?.spec.fork_step ?? 0, quantity)] : [];
  });
}

/** @param {ShownArm} shown @param {ArmHistory[]} replicas @param {number} from @param {Quantity} quantity */
function ghostTrace(shown, replicas, from, quantity) {
  const { step } = medianArm(replicas);
  const curve = medianCurve(replicas.map((arm) => smooth(drawnValues(quantity, arm.curves[quantity.name]), MEMORY)));
  const first = step.findIndex((each) => each >= from);
  const start = first === -1 ? step.length : first;
  return {
    type: "scatter",
    mode: "lines",
    x: step.slice(start),
    y: curve.slice(start),
    name: `${shown.name}, parent`,
    legendgroup: shown.name,
    showlegend: false,
    opacity: 0.6,
    line: { color: shown.colour, width: 2, dash: "dot" },
    hovertemplate: `${shown.name} in the parent run<br>${quantity.title.toLowerCase()}, smoothed<br>step %{x:,d}<br>${hoverValue(quantity)}<extra></extra>`,
  };
}
