import assert from "node:assert/strict";
import { test } from "node:test";

import { loadScript } from "./load.js";

const { nextPlace, placeOnSheet } = await loadScript("tiles/tiles.js", "nextPlace, placeOnSheet");

test("a picture's place is a share of what its sheet is longer than itself", () => {
  const row = { columns: 3, rows: 2 };
  const places = [0, 1, 2, 3, 5].map((index) => placeOnSheet(row, index));
  assert.deepEqual(places, ["0% 0%", "50% 0%", "100% 0%", "0% 100%", "100% 100%"]);
});

test("a sheet of one picture does not move", () => {
  assert.equal(placeOnSheet({ columns: 1, rows: 1 }, 0), "0% 0%");
});

test("arrows move in reading order, and to the nearest of the next line", () => {
  const boxes = [0, 0, 0, 50, 50].map((top, place) => ({ top: top + 0.3 * (place % 2), left: 40 * (place % 3) }));
  const moves = (key) => boxes.map((_, from) => nextPlace(key, from, boxes));
  assert.deepEqual(moves("ArrowRight"), [1, 2, 3, 4, 4]);
  assert.deepEqual(moves("ArrowLeft"), [0, 0, 1, 2, 3]);
  assert.deepEqual(moves("ArrowDown"), [3, 4, 4, 3, 4]);
  assert.deepEqual(moves("ArrowUp"), [0, 1, 2, 0, 1]);
  assert.deepEqual(moves("End"), [4, 4, 4, 4, 4]);
  assert.deepEqual(moves("Home"), [0, 0, 0, 0, 0]);
});
