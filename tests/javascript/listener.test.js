import assert from "node:assert/strict";
import { test } from "node:test";

import { loadScript } from "./load.js";

const { gone, mustRun, waitFor } = await loadScript("listener/listener.js", "gone, mustRun, waitFor");

const live = { isLive: true, isSeen: true, shownForMs: 60_000, everyMs: 1000 };
const times = { shownForMs: 5000, askedForMs: 60_000, stayMs: 2000 };
const news = (signature, is_final = false) => ({ signature, is_final, is_live: !is_final, lines: [] });

test("questions come often after a press, seldom when nothing goes on or nobody looks", () => {
  assert.equal(waitFor(live), 1000);
  assert.equal(waitFor({ ...live, shownForMs: 5999 }), 500);
  assert.equal(waitFor({ ...live, shownForMs: 0, everyMs: 200 }), 200);
  assert.equal(waitFor({ ...live, isLive: false, shownForMs: 0 }), 4000);
  assert.equal(waitFor({ ...live, isSeen: false, shownForMs: 0 }), 4000);
});

test("the page runs again when its view is outdated and has stood long enough", () => {
  assert.equal(mustRun(news("b"), news("a"), times), true);
  assert.equal(mustRun(news("a"), news("a"), times), false);
  assert.equal(mustRun(news("b"), news("a"), { ...times, shownForMs: 1999 }), false);
});

test("the end of something is shown at once", () => {
  assert.equal(mustRun(news("b", true), news("a"), { ...times, shownForMs: 0 }), true);
  assert.equal(mustRun(gone("It is gone."), news("a"), { ...times, shownForMs: 0 }), true);
  assert.equal(gone("It is gone.").problem, "It is gone.");
});

test("a request is not repeated while it is on its way", () => {
  assert.equal(mustRun(news("b"), news("a"), { ...times, askedForMs: 3999 }), false);
});
