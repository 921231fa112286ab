import assert from "node:assert/strict";
import { test } from "node:test";

import { loadLiveChart } from "./load.js";
import { TERMS, arrays, header } from "./sample.js";

const { RunHistory, armNumbers, emptyText, statusLine } = await loadLiveChart(
  "RunHistory, armNumbers, emptyText, statusLine",
);

test("a run's line says its phase in Python's word, and how far it is", () => {
  assert.equal(statusLine(null), "asking the server …");
  assert.equal(statusLine(header({ num_steps: 0 })), "übt");
  assert.equal(statusLine(header()), "übt, step 3 of 1,200");
  assert.equal(statusLine(header({ num_steps: 0, kind: "watched" })), "übt, step 3");
});

test("an empty chart says what comes next", () => {
  assert.match(emptyText(header({ phase: "queued" })), /when its turn comes/);
  assert.match(emptyText(header({ phase: "training" })), /first step is being trained/);
  assert.match(emptyText(header({ phase: "failed", is_live: false })), /nothing to draw/);
  assert.match(emptyText(header({ phase: "preparing" })), /worker is starting/);
  assert.match(emptyText(null), /Asking the server/);
});

test("an arm's card has its newest numbers, and a dash for what is not known", () => {
  const at = (split, accuracy) => ({ arm: 0, step: 2, split, loss: 1, accuracy });
  const history = new RunHistory("run");
  const arm = arrays([1, 2], [0, 0, 0, 0]);
  const evaluations = [at("validation", 0.5), at("test", 0.875)];
  history.merge({ header: header({ evaluations }), arrays: [arm, arm] });
  assert.deepEqual(armNumbers([history.arms[0]], 0, history, TERMS), [
    ["verlust", "1.526"],
    ["training treffer", "152.6\u00a0%"],
    ["validation treffer", "50.0\u00a0%"],
    ["test treffer", "87.5\u00a0%"],
    ["Bilder/s", "2"],
  ]);
  assert.deepEqual(armNumbers([history.arms[1]], 1, history, TERMS)[2], ["validation treffer", "–"]);
});

test("a watched run's card has only what was logged", () => {
  const history = new RunHistory("run");
  const arm = arrays([1, 2], [0, 0, 0, 0]);
  arm.accuracy = new Float32Array([NaN, NaN]);
  history.merge({ header: header({ kind: "watched" }), arrays: [arm, arm] });
  assert.deepEqual(armNumbers([history.arms[0]], 0, history, TERMS), [["verlust", "1.526"]]);
});
