import assert from "node:assert/strict";
import { test } from "node:test";

import { loadLiveChart } from "./load.js";
import { LOOK, SPEC, TERMS, arrays, header } from "./sample.js";

const chart = await loadLiveChart(
  "RunHistory, asText, evenly, flowFigure, lossFigure, accuracyFigure, figureTitle, rateFigure, normFigure, normRange, powersOfTen, withWrappedTitle",
);

function runs(count = 1, steps = [1, 2, 3], evaluations = []) {
  return Array.from({ length: count }, () => {
    const history = new chart.RunHistory("run");
    const norms = steps.flatMap((step) => [-step, step / 2]);
    const arm = arrays(steps, norms);
    history.merge({ header: header({ evaluations }), arrays: [arm, arm] });
    return { history, problem: null, spec: SPEC };
  });
}

test("a loss curve is points, their average and validation marks, in the arm's colour", () => {
  const evaluations = [{ arm: 0, step: 2, split: "validation", loss: 1.5, accuracy: 0.25 }];
  const { traces, layout } = chart.lossFigure(runs(1, [1, 2, 3], evaluations), LOOK, TERMS);
  assert.equal(traces.length, 6);
  const [raw, average, validation] = traces;
  assert.deepEqual([raw.x, raw.y], [[1, 2, 3], [1, 2, 3]]);
  assert.ok(Math.abs(average.y[1] - (0.9 * 0.1 * 1 + 0.1 * 2) / (0.9 * 0.1 + 0.1)) < 1e-12);
  assert.deepEqual([validation.x, validation.y], [[2], [1.5]]);
  assert.deepEqual(traces.map(({ line }) => line.color), ["#3", "#3", "#3", "#4", "#4", "#4"]);
  assert.match(layout.title.text, /^Verlust: /);
  assert.deepEqual([layout.yaxis.type, layout.yaxis.title.text], ["log", "nats"]);
  assert.match(average.hovertemplate, /training verlust, smoothed.*%{y:\.4f}/);
});

test("a title wider than its figure breaks between words, and takes the room that it needs", () => {
  const layout = { height: 300, margin: { l: 0, r: 0, t: 60, b: 0 }, title: { text: "one two three four", x: 0 } };
  const broken = chart.withWrappedTitle(layout, 8 * 7.2);
  assert.deepEqual(broken.title, { text: "one two<br>three<br>four", x: 0 });
  assert.deepEqual([broken.height, broken.margin.t], [338, 98]);
  assert.equal(chart.figureTitle(broken), "one two three four");
  assert.equal(chart.withWrappedTitle(layout, 400), layout);
  assert.equal(chart.withWrappedTitle(layout, 0), layout);
});

test("an axis of magnitudes has so few ticks that Plotly never labels nine of a decade", () => {
  // Plotly does so where a tick is worth 0.3 decades or less on an axis of one decade or more.
  const { nticks } = chart.lossFigure(runs(), LOOK, TERMS).layout.yaxis;
  assert.ok(1 / nticks > 0.3);
});

test("an accuracy axis stays between nothing and everything", () => {
  const evaluations = [{ arm: 1, step: 3, split: "validation", loss: 1, accuracy: 0.75 }];
  const { traces, layout } = chart.accuracyFigure(runs(1, [1, 2, 3], evaluations), LOOK, TERMS);
  assert.deepEqual(traces[5].y, [0.75]);
  assert.deepEqual(layout.yaxis.autorangeoptions, { clipmin: 0, clipmax: 1 });
  assert.equal(layout.yaxis.tickformat, ".0%");
});

test("a run has one line of learning rates and one of norms an arm", () => {
  const rate = chart.rateFigure(runs(2), LOOK, TERMS);
  assert.deepEqual(rate.traces.map(({ line }) => line.dash), ["solid", "dash"]);
  assert.equal(rate.layout.yaxis.rangemode, "tozero");
  const norm = chart.normFigure(runs(2), LOOK, TERMS);
  assert.deepEqual(norm.traces.map(({ name }) => name.slice(0, 4)), ["1 · ", "1 · ", "2 · ", "2 · "]);
  assert.equal(norm.layout.yaxis.type, "log");
});

test("one point is a mark, and few steps have a tick each", () => {
  const { traces, layout } = chart.lossFigure(runs(1, [1]), LOOK, TERMS);
  assert.equal(traces[0].mode, "markers");
  assert.equal(layout.xaxis.dtick, 1);
  assert.equal(chart.lossFigure(runs(1, [4, 8]), LOOK, TERMS).layout.xaxis.dtick, undefined);
});

test("names are text, whatever they hold", () => {
  assert.equal(chart.asText(`<b>&"</b>`), `&lt;b&gt;&amp;"&lt;/b&gt;`);
  const { traces } = chart.lossFigure(runs(), LOOK, TERMS);
  assert.equal(traces[3].name, "&lt;Plain&gt;");
});

test("a heatmap shows log10 norms, layers by steps, and says the norm", () => {
  const { traces, layout } = chart.flowFigure(runs(), LOOK, TERMS);
  assert.equal(traces.length, 2);
  assert.deepEqual(traces[0].z, [[-1, -2, -3], [0.5, 1, 1.5]]);
  assert.deepEqual(traces[0].y, ["stem", "head"]);
  assert.ok(Math.abs(traces[0].customdata[1][1] - 10) < 1e-12);
  assert.match(traces[0].hovertemplate, /Schicht %{y}/);
  assert.equal(layout.coloraxis.colorscale, "Greys");
  assert.deepEqual([layout.coloraxis.cmin, layout.coloraxis.cmax], [-2.5, 2]);
  assert.deepEqual(layout.annotations.map(({ text }) => text), ["<b>Residual</b>", "<b>&lt;Plain&gt;</b>"]);
  assert.equal(layout.xaxis2.matches, "x");
});

test("a colour scale rests on round bounds, and is never longer than Python allows", () => {
  const arm = (...norms) => [{ arm: { norms: [norms] } }];
  assert.deepEqual(chart.normRange(arm(-1.2, 0.2), 12), [-1.5, 0.5]);
  assert.deepEqual(chart.normRange(arm(-30, -1), 12), [-13, -0.5]);
  assert.deepEqual(chart.normRange(arm(null), 12), [-3, 0]);
  assert.deepEqual(chart.powersOfTen([-1.5, 1]).tickvals, [-1, 0, 1]);
  assert.equal(chart.powersOfTen([-1.5, 1]).ticktext[0], "10<sup>-1</sup>");
});

test("a half full bucket is drawn as wide as the others", () => {
  assert.deepEqual(chart.evenly([4, 8, 9]), [4, 8, 12]);
  assert.deepEqual(chart.evenly([4, 5]), [4, 5]);
});
