// A figure in words, for whoever does not see it: what each curve begins, ends and turns with.

/** Back from `asText`. @param {unknown} name */
function asSpoken(name) {
  return String(name ?? "").replaceAll(/<[^>]*>/g, " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** @param {number} value @param {boolean} isShare */
function spokenNumber(value, isShare) {
  if (isShare) return `${value.toFixed(1)}${PER_CENT}`;
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** @param {Trace} trace @param {boolean} isShare */
function curveSentence({ name, x, y }, isShare) {
  const steps = /** @type {number[]} */ (x);
  const points = /** @type {Values} */ (y).flatMap((value, index) =>
    value !== null && Number.isFinite(value) ? [{ step: steps[index], value }] : [],
  );
  if (points.length === 0) return "";
  /** @param {{ step: number, value: number }} point */
  const at = ({ step, value }) => `${spokenNumber(value, isShare)} at step ${step}`;
  const [first, last] = [points[0], points[points.length - 1]];
  if (points.length === 1) return `${asSpoken(name)}: ${at(first)}.`;
  const [lowest, ...others] = points.toSorted((one, other) => one.value - other.value);
  const turns = `lowest ${at(lowest)}, highest ${at(others[others.length - 1])}`;
  return `${asSpoken(name)}: from ${at(first)} to ${at(last)}, ${turns}.`;
}

/** @param {Trace} trace */
function heatSentence({ name, y, customdata }) {
  const values = /** @type {Values[]} */ (customdata).flat().filter((value) => value !== null);
  if (values.length === 0) return "";
  const [lowest, highest] = [Math.min, Math.max].map((pick) => values.reduce((one, other) => pick(one, other)));
  const layers = /** @type {string[]} */ (y);
  const ends = `from ${asSpoken(layers[0])} to ${asSpoken(layers.at(-1))}`;
  const range = `${spokenNumber(lowest, false)} to ${spokenNumber(highest, false)}`;
  return `${asSpoken(name)}: ${layers.length} layers ${ends}, values ${range}.`;
}

/** @param {Figure} figure */
function figureTwin({ traces, layout }) {
  const isShare = /** @type {{ ticksuffix?: string }} */ (layout.yaxis)?.ticksuffix === PER_CENT;
  const seen = traces.filter(({ hoverinfo }) => hoverinfo !== "skip");
  const sentences = seen.map((trace) => (trace.type === "heatmap" ? heatSentence(trace) : curveSentence(trace, isShare)));
  return [`${figureTitle(layout)}.`, ...sentences.filter(Boolean)].join(" ");
}

/** @param {Record<string, unknown>} layout */
function figureTitle({ title }) {
  return asSpoken(/** @type {{ text?: string }} */ (title)?.text);
}
