// Loads scripts of pages/ui as the browser gets them, with inner names made reachable.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const UI = path.resolve(import.meta.dirname, "../../pages/ui");

/** Path of the one file below pages/ui that ends so, wherever its folder has moved to. */
function find(ending) {
  const found = readdirSync(UI, { recursive: true }).filter((file) => `/${file}`.endsWith(`/${ending}`));
  if (found.length !== 1) throw new Error(`${found.length} files end in ${ending}`);
  return path.join(UI, found[0]);
}

/** Imports files joined to one module, and gives what they define under the names. */
function load(files, names) {
  const sources = files.map((file) => readFileSync(file, "utf8"));
  const text = `${sources.join("\n")}\nexport { ${names} };`;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
}

/** Imports one script. */
export const loadScript = (ending, names) => load([find(ending)], names);

/** Imports the live chart's parts, in the order in which Python joins them. */
export function loadLiveChart(names) {
  const python = readFileSync(find("live_chart/__init__.py"), "utf8");
  const [, list] = /^_SCRIPTS = \(([^)]*)\)/m.exec(python);
  const parts = [...list.matchAll(/"(.+?)"/g)].map(([, part]) => find(path.join("live_chart", part)));
  return load(parts, names);
}
