// Several seeds of one arm as one: what half of them lie above, and half below.

/** @param {Values} values @returns {number | null} */
function median(values) {
  const known = values.filter((value) => value !== null && Number.isFinite(value));
  known.sort((a, b) => Number(a) - Number(b));
  const middle = known.length >> 1;
  if (known.length % 2) return known[middle];
  return known.length ? (Number(known[middle - 1]) + Number(known[middle])) / 2 : null;
}

/** Medians of curves entry by entry; one that ends early counts as far as it goes. @param {Values[]} curves @returns {Values} */
function medianCurve(curves) {
  if (curves.length === 1) return curves[0];
  const length = Math.max(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, entry) => median(curves.map((curve) => curve[entry] ?? null)));
}

/**
 * One arm for all of its seeds: medians of its norms, along the steps of the seed that went farthest.
 * @param {ArmHistory[]} replicas @returns {ArmHistory}
 */
function medianArm(replicas) {
  if (replicas.length === 1) return replicas[0];
  const longest = replicas.reduce((best, arm) => (arm.step.length > best.step.length ? arm : best));
  const merged = new ArmHistory(longest.label, longest.layers, [], longest.place, longest.seed);
  merged.step = longest.step;
  merged.curves = longest.curves; // never drawn as the median: that is of smoothed curves
  merged.norms = longest.layers.map((_, layer) => medianCurve(replicas.map((arm) => arm.norms[layer])));
  merged.values = merged.norms.map((row) => row.map((norm) => (norm === null ? null : 10 ** norm)));
  return merged;
}

/**
 * Evaluations of several seeds at equal steps as one of each step.
 * @param {Evaluation[]} evaluations of one arm and split @returns {Pick<Evaluation, "step" | "loss" | "accuracy">[]}
 */
function medianEvaluations(evaluations) {
  const steps = [...new Set(evaluations.map(({ step }) => step))];
  return steps.map((step) => {
    const found = evaluations.filter((each) => each.step === step);
    return { step, loss: median(found.map(({ loss }) => loss)), accuracy: median(found.map(({ accuracy }) => accuracy)) };
  });
}
