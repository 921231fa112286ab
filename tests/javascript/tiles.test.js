import assert from "node:assert/strict";
import { test } from "node:test";

import { loadScript } from "./load.js";

const { placeOnSheet } = await loadScript("tiles/tiles.js", "placeOnSheet");

test("a picture's place is a share of what its sheet is longer than itself", () => {
  const row = { columns: 3, rows: 2 };
  const places = [0, 1, 2, 3, 5].map((index) => placeOnSheet(row, index));
  assert.deepEqual(places, ["0% 0%", "50% 0%", "100% 0%", "0% 100%", "100% 100%"]);
});

test("a sheet of one picture does not move", () => {
  assert.equal(placeOnSheet({ columns: 1, rows: 1 }, 0), "0% 0%");
});
