import assert from "node:assert/strict";
import { test } from "node:test";

import { loadScript } from "./load.js";

const { stretch, stretched, themed } = await loadScript("plot/plot.js", "stretch, stretched, themed");

test("a figure that keeps its shape fills its place, within limits", () => {
  const layout = { meta: { laid_out_px: 1000 } };
  assert.deepEqual([0, 100, 800, 1000, 1400, 4000].map((width) => stretch(layout, width)), [1, 0.5, 0.8, 1, 1.4, 1.6]);
  assert.equal(stretch({}, 4000), 1);
});

test("what is stretched keeps its letters in proportion", () => {
  const figure = { data: [{ textfont: { size: 10, color: "red" } }, { mode: "lines" }], layout: { height: 400, hoverdistance: 50 } };
  const larger = stretched(figure, 1.5);
  assert.deepEqual(larger.data, [{ textfont: { size: 15, color: "red" } }, { mode: "lines" }]);
  assert.deepEqual(larger.layout, { height: 600, hoverdistance: 75 });
  assert.deepEqual(stretched(figure, 0.8).data, figure.data);
  const smaller = stretched(figure, 0.5);
  assert.deepEqual(smaller.data, [{ textfont: { size: 7, color: "red" } }, { mode: "lines" }]);
  assert.deepEqual(smaller.layout, { height: 200, hoverdistance: 25 });
});

test("the title below an axis stands within the margin, where a saved figure's words end", () => {
  const layout = { xaxis: { title: { text: "step" } }, xaxis2: { title: { text: "depth", standoff: 2 } }, xaxis3: {}, yaxis: { title: { text: "loss" } } };
  const drawn = themed(layout, {});
  assert.deepEqual(
    ["xaxis", "xaxis2", "xaxis3", "yaxis"].map((name) => drawn[name].title?.standoff),
    [8, 2, undefined, undefined],
  );
  assert.ok(drawn.xaxis.automargin);
});
