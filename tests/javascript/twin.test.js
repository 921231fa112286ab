import assert from "node:assert/strict";
import { test } from "node:test";

import { loadLiveChart } from "./load.js";
import { LOOK, SPEC, TERMS, arrays, header } from "./sample.js";

const { RunHistory, accuracyFigure, figureTwin, flowFigure, lossFigure, printedCurves } = await loadLiveChart(
  "RunHistory, accuracyFigure, figureTwin, flowFigure, lossFigure, printedCurves",
);

function shown(start = 1) {
  const history = new RunHistory("run");
  const at = { arm: 0, step: 3, split: "validation", loss: 1.5, accuracy: 0.25 };
  const arm = arrays([1, 2, 3], [0, 1, 0, 1, 0, -4], start);
  history.merge({ header: header({ evaluations: [at] }), arrays: [arm, arm] });
  return [{ spec: SPEC, problem: null, history }];
}

test("a twin tells each firm curve's ends and turns, and none of the faint ones", () => {
  const told = figureTwin(lossFigure(shown(), LOOK, TERMS));
  assert.match(told, /^Verlust: training \(line\), validation \(marks\)\. /);
  assert.match(told, /Residual: from 1 at step 1 to 2\.07 at step 3, lowest 1 at step 1, highest 2\.07 at step 3\./);
  assert.match(told, /<Plain>: from /);
  assert.match(told, /Residual, validation: 1\.5 at step 3\./);
  assert.equal(told.match(/ at step 1 to /g).length, 2);
});

test("shares are told in percent", () => {
  const told = figureTwin(accuracyFigure(shown(0), LOOK, TERMS));
  assert.match(told, /Residual: from 0\.0\u00a0% at step 1 to 107\.0\u00a0% at step 3/);
  assert.match(told, /Residual, validation: 25\.0\u00a0% at step 3\./);
});

test("a map of layers tells its size and range as norms, not as logarithms", () => {
  const told = figureTwin(flowFigure(shown(), LOOK, TERMS));
  assert.match(told, /Residual: 2 layers from stem to head, values 1\.0e-4 to 10\./);
});

test("a saved picture says which run it shows, how far that was, and where it comes from", () => {
  globalThis.window = { location: { pathname: "/train", search: "?run=run" } };
  const { layout } = lossFigure(shown(), LOOK, TERMS);
  const plot = { data: [], layout, offsetWidth: 900, offsetHeight: 300 };
  const printed = printedCurves(plot, shown(), "Lab 1");
  const [title, notes] = printed.layout.annotations.map(({ text }) => text);
  assert.equal(title, "Verlust: training (line), validation (marks) · A run");
  assert.match(notes, /A run: übt, step 3 of 1,200\./);
  assert.match(notes.replaceAll("<br>", " "), /Lab 1 · train\?run=run · \d{4}-/);
  assert.equal(printed.layout.title, undefined);
  assert.notEqual(layout.title, undefined, "the page's own figure keeps its title");
});
