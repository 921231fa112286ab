import assert from "node:assert/strict";
import { test } from "node:test";

import { loadLiveChart } from "./load.js";
import { arrays, header } from "./sample.js";

const { RunHistory, decodeChunk, smooth } = await loadLiveChart("RunHistory, decodeChunk, smooth");

function history(steps = [1, 2, 3], more = {}) {
  const made = new RunHistory("run");
  const arm = arrays(steps, steps.flatMap((step) => [-step, step]));
  made.merge({ header: header(more), arrays: [arm, arm] });
  return made;
}

test("a chunk is a length, a header and arrays at their offsets", () => {
  const described = { arrays: [{ arm: 1, name: "loss", shape: [2], offset: 8 }] };
  const text = new TextEncoder().encode(JSON.stringify(described).padEnd(84));
  const buffer = new ArrayBuffer(4 + 84 + 16);
  new DataView(buffer).setUint32(0, 84, true);
  new Uint8Array(buffer).set(text, 4);
  new Float32Array(buffer, 4 + 84 + 8, 2).set([0.5, 2.25]);
  const { header: decoded, arrays: found } = decodeChunk(buffer);
  assert.deepEqual(decoded, described);
  assert.deepEqual([...found[1].loss], [0.5, 2.25]);
});

test("a history keeps steps, curves, log10 norms and norms", () => {
  const [arm] = history().arms;
  assert.deepEqual(arm.step, [1, 2, 3]);
  assert.deepEqual(arm.curves.loss, [1, 2, 3]);
  assert.deepEqual(arm.norms, [[-1, -2, -3], [1, 2, 3]]);
  assert.deepEqual(arm.values[1], [10, 100, 1000]);
});

test("norms that are not finite are gaps", () => {
  const made = new RunHistory("run");
  const arm = arrays([1], [-Infinity, NaN]);
  made.merge({ header: header(), arrays: [arm, arm] });
  assert.deepEqual(made.arms[0].norms, [[null], [null]]);
  assert.deepEqual(made.arms[0].values, [[null], [null]]);
});

test("a bucket that was half full is replaced, not repeated", () => {
  const made = history([4, 8, 10], { width: 4 });
  assert.equal(made.after, 8);
  const arm = arrays([12, 14], [0, 0, 0, 0], 7);
  const changed = made.merge({ header: header({ width: 4, reset: false }), arrays: [arm, arm] });
  assert.equal(changed, true);
  assert.deepEqual(made.arms[0].step, [4, 8, 12, 14]);
  assert.deepEqual(made.arms[0].curves.loss, [1, 2, 7, 8]);
});

test("evaluations before the newest bucket stay, later ones come anew", () => {
  const at = (step, accuracy) => ({ arm: 0, step, split: "validation", loss: 1, accuracy });
  const made = history([4, 8, 10], { width: 4, evaluations: [at(4, 0.1), at(9, 0.2)] });
  const arm = arrays([10], [0, 0], 3);
  made.merge({ header: header({ reset: false, evaluations: [at(9, 0.3)] }), arrays: [arm, arm] });
  assert.deepEqual(made.evaluations.map(({ accuracy }) => accuracy), [0.1, 0.3]);
});

test("a chunk without news is not drawn", () => {
  const made = history();
  const { revision } = made;
  const arm = arrays([3], [-3, 3], 3);
  assert.equal(made.merge({ header: header({ reset: false }), arrays: [arm, arm] }), false);
  assert.equal(made.revision, revision);
});

test("a chunk that resets drops what was there", () => {
  const made = history([4, 8], { width: 4 });
  const arm = arrays([1], [0, 0]);
  made.merge({ header: header({ width: 1 }), arrays: [arm, arm] });
  assert.deepEqual([made.width, made.arms[0].step], [1, [1]]);
});

test("a moving average starts at its first value, weighs by memory, and skips gaps", () => {
  const [first, gap, third] = smooth([2, null, 4], 0.5);
  assert.deepEqual([first, gap], [2, null]);
  assert.ok(Math.abs(third - (0.25 * 2 + 0.5 * 4) / 0.75) < 1e-12);
  smooth([5, 5, 5, 5], 0.9).forEach((value) => assert.ok(Math.abs(value - 5) < 1e-12));
});
