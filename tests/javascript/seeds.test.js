import assert from "node:assert/strict";
import { test } from "node:test";

import { loadLiveChart } from "./load.js";
import { LOOK, SPEC, TERMS, arrays, header } from "./sample.js";

const chart = await loadLiveChart(
  "RunHistory, accuracyFigure, armNumbers, flowFigure, lossFigure, median, medianCurve, medianEvaluations, normFigure, rateFigure",
);

const ARMS = [5, 6, 7].flatMap((seed) =>
  ["Residual", "Plain"].map((label, arm) => ({ arm, seed, label, layers: ["stem", "head"] })),
);

/** Three seeds of two arms, whose curves begin at 1, 2 and 9; the second arm of the last one stopped early. */
function run(evaluations = []) {
  const history = new chart.RunHistory("run");
  const at = (start, steps = [1, 2, 3]) => arrays(steps, steps.flatMap(() => [-start, start]), start);
  const all = [at(1), at(1), at(2), at(2), at(9), at(9, [1])];
  history.merge({ header: header({ arms: ARMS, evaluations }), arrays: all });
  return { history, problem: null, spec: SPEC };
}

test("a median leaves out what is no number", () => {
  assert.equal(chart.median([3, 1, 2]), 2);
  assert.equal(chart.median([4, 1, null, NaN, 2, 3]), 2.5);
  assert.equal(chart.median([null]), null);
  assert.deepEqual(chart.medianCurve([[1, 2, 3], [5], [9, 4]]), [5, 3, 3]);
});

test("each seed is faint, and their median firm", () => {
  const { traces, layout } = chart.lossFigure([run()], LOOK, TERMS);
  assert.equal(traces.length, 2 * 5);
  const [first, second, third, firm] = traces;
  for (const faint of [first, second, third]) assert.deepEqual([faint.opacity, faint.line.width], [0.28, 1]);
  assert.deepEqual([firm.opacity, firm.line.width], [undefined, 2]);
  assert.deepEqual(firm.y, second.y);
  assert.deepEqual(traces[7].x, [1], "a seed that stopped ends where it did");
  assert.ok(Math.abs(traces[8].y[2] - (first.y[2] + second.y[2]) / 2) < 1e-12);
  assert.deepEqual(new Set(traces.slice(0, 5).map(({ line }) => line.color)), new Set(["#3"]));
  assert.match(firm.hovertemplate, /median of 3 seeds/);
  assert.match(layout.title.text, /: median of seeds \(line\)/);
  assert.equal(traces.filter(({ showlegend }) => showlegend === undefined).length, 2, "one name an arm");
});

test("validation marks are medians over the seeds of a step", () => {
  const at = (seed, step, accuracy) => ({ arm: 0, seed, step, split: "validation", loss: 1, accuracy });
  const evaluations = [at(5, 2, 0.1), at(6, 2, 0.3), at(7, 2, 0.2), at(5, 3, 0.4), at(6, 3, 0.6)];
  const { traces } = chart.accuracyFigure([run(evaluations)], LOOK, TERMS);
  assert.deepEqual([traces[4].x, traces[4].y], [[2, 3], [20, 50]]);
  assert.equal(chart.armNumbers(run(evaluations).history.replicas[0], 0, run(evaluations).history, TERMS)[2][1], "50.0\u00a0%");
});

test("a heatmap is one an arm, of the medians; rates are one line a run", () => {
  const { traces, layout } = chart.flowFigure([run()], LOOK, TERMS);
  assert.equal(traces.length, 2);
  assert.deepEqual(traces[0].z, [[-2, -2, -2], [2, 2, 2]]);
  assert.deepEqual(traces[0].customdata[1], [100, 100, 100]);
  assert.match(layout.title.text, /, median of seeds,/);
  assert.equal(chart.rateFigure([run()], LOOK, TERMS).traces.length, 1);
  assert.equal(chart.normFigure([run()], LOOK, TERMS).traces.length, 2 * 4);
});
