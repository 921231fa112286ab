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
  assert.deepEqual(broken.title, { text: "one two<br>three<br>four", x: 0, pad: { t: 19 } });
  assert.deepEqual([broken.height, broken.margin.t], [338, 98]);
  assert.equal(chart.figureTitle(broken), "one two three four");
  assert.equal(chart.withWrappedTitle(layout, 400), layout);
  assert.equal(chart.withWrappedTitle(layout, 0), layout);
});

test("an accuracy axis stays between nothing and everything", () => {
  const evaluations = [{ arm: 1, step: 3, split: "validation", loss: 1, accuracy: 0.75 }];
  const { traces, layout } = chart.accuracyFigure(runs(1, [1, 2, 3], evaluations), LOOK, TERMS);
  assert.deepEqual(traces[5].y, [75]);
  assert.deepEqual(layout.yaxis.autorangeoptions, { clipmin: 0, clipmax: 100 });
  assert.equal(layout.yaxis.ticksuffix, "\u00a0%");
  assert.match(traces[5].hovertemplate, /%{y:\.1f}\u00a0%</);
});

test("a run keeps its number and its dashes where another one has no curves yet", () => {
  const [second, third] = runs(2).map((run, index) => ({ ...run, position: index + 1 }));
  const { traces } = chart.lossFigure([second, third], LOOK, TERMS);
  const firm = traces.filter(({ mode, name }) => mode === "lines" && !name.includes("validation"));
  assert.deepEqual([...new Set(firm.map(({ name }) => name.slice(0, 4)))], ["2 · ", "3 · "]);
  assert.deepEqual([...new Set(firm.map(({ line }) => line.dash))].slice(-2), ["dash", "dot"]);
  const alone = chart.lossFigure([third], LOOK, TERMS).traces;
  assert.match(alone[0].name, /^3 · /);
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

function runsWithMarks(...marksOfRuns) {
  return marksOfRuns.map((marks) => {
    const [run] = runs();
    run.history.merge({ header: header({ reset: false, marks }), arrays: [arrays([3], [0, 0]), arrays([3], [0, 0])] });
    return run;
  });
}

test("a change is a labelled line across the curves, and a bare one across the heatmaps", () => {
  const changed = runsWithMarks([{ step: 2, text: "skips <cut>" }]);
  const { layout } = chart.lossFigure(changed, LOOK, TERMS);
  assert.deepEqual(layout.shapes.map(({ x0, x1, xref }) => [x0, x1, xref]), [[2, 2, "x"]]);
  assert.deepEqual(layout.annotations.map(({ text, x }) => [text, x]), [["skips &lt;cut&gt;", 2]]);
  const flow = chart.flowFigure(changed, LOOK, TERMS).layout;
  assert.deepEqual(flow.shapes.map(({ x0, xref, yref }) => [x0, xref, yref]), [
    [2, "x", "y domain"],
    [2, "x2", "y2 domain"],
  ]);
  assert.equal(flow.annotations.length, 2); // the nets' names alone
  assert.equal(chart.lossFigure(runs(), LOOK, TERMS).layout.shapes.length, 0);
});

test("of several runs a mark says whose it is, and two of one step share a label", () => {
  const twice = [{ step: 2, text: "skips cut" }, { step: 2, text: "rate x 0.5" }];
  const { layout } = chart.lossFigure(runsWithMarks([], twice), LOOK, TERMS);
  assert.deepEqual(layout.annotations.map(({ text }) => text), ["2 · skips cut; rate x 0.5"]);
  const many = runsWithMarks([1, 2, 3].map((number) => ({ step: 2, text: `change ${number}` })));
  assert.deepEqual(chart.lossFigure(many, LOOK, TERMS).layout.annotations.map(({ text }) => text), ["3 changes"]);
});

test("a mark alone is news", () => {
  const [{ history }] = runs();
  const before = history.revision;
  const empty = [arrays([3], [0, 0]), arrays([3], [0, 0])];
  assert.equal(history.merge({ header: header({ reset: false, marks: [{ step: 3, text: "cut" }] }), arrays: empty }), true);
  assert.equal(history.revision, before + 1);
});

test("a fork has its parent's curve beside it from the fork on, dotted in the arm's colour", () => {
  const [{ history }] = runs(1, [1, 2, 3, 4]);
  const [child] = runs(1, [1, 2, 3]);
  const fork = { ...child, ghost: { history, problem: null }, spec: { ...SPEC, parent: "parent", fork_step: 2 } };
  const { traces, layout } = chart.lossFigure([fork], LOOK, TERMS);
  const ghosts = traces.filter(({ name }) => name.endsWith(", parent"));
  assert.deepEqual(ghosts.map(({ x, line }) => [x, line.color, line.dash]), [
    [[2, 3, 4], "#3", "dot"],
    [[2, 3, 4], "#4", "dot"],
  ]);
  assert.match(layout.title.text, /parent \(dotted\)$/);
  assert.ok(layout.title.text.replace("Verlust", "Accuracy").length <= 61, "one line beside another at 1280");
  const gone = { ...fork, ghost: { history: new chart.RunHistory("parent"), problem: "gone" } };
  assert.ok(chart.lossFigure([gone], LOOK, TERMS).traces.every(({ name }) => !name.endsWith(", parent")));
});

test("an axis of less than a decade has even ticks, a longer one few", () => {
  /** @param {number} factor */
  const ticks = (factor) => {
    const shown = runs();
    for (const arm of shown[0].history.arms) arm.curves.loss = [2, 2.1, 2 * factor];
    return chart.lossFigure(shown, LOOK, TERMS).layout.yaxis.nticks;
  };
  assert.ok(ticks(1.4) > 5);
  // Plotly labels each of 1 to 9 where a tick is to stand less than 0.3 decades from the next.
  for (const factor of [8, 20, 300]) assert.ok(1 / ticks(factor) > 0.3);
});
