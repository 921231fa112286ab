import assert from "node:assert/strict";
import { test } from "node:test";

import { loadLiveChart } from "./load.js";
import { LOOK, SPEC, TERMS, arrays, header } from "./sample.js";

const { Replay, RunHistory, historyUntil, lossFigure } = await loadLiveChart(
  "Replay, RunHistory, historyUntil, lossFigure",
);

function whole() {
  const made = new RunHistory("run");
  const arm = arrays([1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6, 7]);
  const at = (step) => ({ arm: 0, step, split: "validation", loss: 1, accuracy: 0.5 });
  made.merge({ header: header({ phase_word: "fertig", step: 4, evaluations: [at(2), at(4)] }), arrays: [arm, arm] });
  return made;
}

test("a replay is over until it is started, and after its time", () => {
  const replay = new Replay(2000);
  assert.equal(replay.share(0), 1);
  replay.start(1000);
  assert.equal(replay.share(1000), 0);
  assert.equal(replay.share(1500), 0.25);
  assert.equal(replay.share(9000), 1);
});

test("a cut history knows nothing of later steps, and the whole one stays whole", () => {
  const full = whole();
  const cut = historyUntil(full, 2);
  assert.deepEqual(cut.arms[1].step, [1, 2]);
  assert.deepEqual(cut.arms[1].curves.loss, [1, 2]);
  assert.deepEqual(cut.arms[1].norms, [[0, 2], [1, 3]]);
  assert.deepEqual(cut.evaluations.map(({ step }) => step), [2]);
  assert.deepEqual([cut.header.step, cut.header.phase_word], [2, "replay"]);
  assert.deepEqual(full.arms[1].step, [1, 2, 3, 4]);
  assert.equal(full.header.step, 4);
});

test("at its end a replay shows the run as it is", () => {
  const cut = historyUntil(whole(), 4);
  assert.deepEqual(cut.arms[0].curves.loss, [1, 2, 3, 4]);
  assert.deepEqual([cut.header.step, cut.header.phase_word], [4, "fertig"]);
  assert.equal(cut.evaluations.length, 2);
});

test("the axis has room for the whole run from the first step on", () => {
  const shown = [{ spec: SPEC, problem: null, history: historyUntil(whole(), 1) }];
  const { layout } = lossFigure(shown, LOOK, TERMS);
  assert.deepEqual(layout.xaxis.range, [0, 4.08]); // and for its last mark
  const live = [{ spec: SPEC, problem: null, history: whole() }];
  assert.equal(lossFigure(live, LOOK, TERMS).layout.xaxis.range, undefined);
});
