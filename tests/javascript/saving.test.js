import assert from "node:assert/strict";
import { test } from "node:test";

import { loadScript } from "./load.js";

const { brokenLines, captioned, sourceLine } = await loadScript(
  "plot/saving.js",
  "brokenLines, captioned, sourceLine, saveHtml",
);

test("a text breaks between words, and a long word keeps its line", () => {
  assert.deepEqual(brokenLines("one two  three", 7), ["one two", "three"]);
  assert.deepEqual(brokenLines("unbreakable a b", 4), ["unbreakable", "a b"]);
  assert.deepEqual(brokenLines("", 9), []);
});

test("the source is the program, the page with what was chosen, and the day", () => {
  const location = { pathname: "/lab/gradient_flow", search: "?net=plain56&note=a%20b" };
  const line = sourceLine("ResNet Lab 1", location, new Date("2026-11-28T10:00:00Z"));
  assert.equal(line, "ResNet Lab 1 · gradient_flow?net=plain56&note=a b · 2026-11-28");
  assert.equal(sourceLine("Lab", { pathname: "/", search: "" }, new Date(0)), "Lab · 1970-01-01");
});

test("a saved figure has its title above and its notes below, outside of what is drawn", () => {
  const margins = { l: 60, r: 10, t: 40, b: 50 };
  const layout = { font: { color: "red" }, annotations: [{ text: "own" }] };
  const figure = { data: [1], layout, margins, width: 400, height: 300 };
  const printed = captioned({ ...figure, title: "Loss of <A>", notes: ["Three seeds", "Lab"] });
  assert.equal(printed.height, 300 + 27 + 44);
  assert.deepEqual(printed.layout.margin, { l: 60, r: 10, t: 67, b: 94 });
  assert.equal(printed.layout.font.color, "red");
  const [own, title, notes] = printed.layout.annotations;
  assert.equal(own.text, "own");
  assert.equal(title.text, "Loss of &lt;A>");
  assert.equal(notes.text, "Three seeds<br>Lab");
  // From the axes' edge: inside the room that was added, and at the left edge of the picture.
  assert.equal(title.yshift, 61);
  assert.equal(notes.yshift, -88);
  assert.equal(title.xshift, -48);
  assert.deepEqual(layout.annotations, [{ text: "own" }], "what is on the page stays as it is");
});
