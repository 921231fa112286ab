// A run that is over, shown again as it went: the same histories, cut at a step that grows.

const FRAME_MS = 100;

/** When a replay began, how long it takes, and how much of the run it shows now. */
class Replay {
  /** @param {number} lengthMs */
  constructor(lengthMs) {
    this.lengthMs = lengthMs;
    this.startedAt = -Infinity; // over, until it is started
  }

  /** @param {number} now */
  start(now) {
    this.startedAt = now;
  }

  /** @param {number} now */
  share(now) {
    return Math.min(1, (now - this.startedAt) / this.lengthMs);
  }
}

/**
 * A run as it stood after a step: what came later is cut off, and axes keep room for it.
 * @param {RunHistory} whole @param {number} step @returns {RunHistory}
 */
function historyUntil(whole, step) {
  const cut = new RunHistory(whole.runId);
  cut.width = whole.width;
  cut.endStep = whole.lastStep;
  cut.revision = whole.revision;
  cut.arms = whole.arms.map((arm) => armUntil(arm, step));
  cut.evaluations = whole.evaluations.filter((each) => each.step <= step);
  cut.marks = whole.marks.filter((each) => each.step <= step);
  if (whole.header) {
    const words = { phase_word: "replay", phase_colour: "blue" };
    cut.header = { ...whole.header, ...(step < whole.lastStep ? words : {}), step: Math.min(step, whole.header.step) };
  }
  return cut;
}

/** @param {ArmHistory} whole @param {number} step */
function armUntil(whole, step) {
  const cut = new ArmHistory(whole.label, whole.layers, Object.keys(whole.curves), whole.place, whole.seed);
  const after = whole.step.findIndex((each) => each > step);
  const kept = after === -1 ? whole.step.length : after;
  cut.step = whole.step.slice(0, kept);
  for (const [name, curve] of Object.entries(whole.curves)) cut.curves[name] = curve.slice(0, kept);
  cut.norms = whole.norms.map((row) => row.slice(0, kept));
  cut.values = whole.values.map((row) => row.slice(0, kept));
  return cut;
}

const wantsNoMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
