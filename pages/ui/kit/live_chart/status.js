// The strip above the curves: how each run is doing, and each arm's latest numbers, all as text.

/**
 * Finds a part that the component's own markup has.
 * @param {ParentNode} root @param {string} name @returns {HTMLElement}
 */
function part(root, name) {
  return /** @type {HTMLElement} */ (root.querySelector(`.rl-${name}`));
}

/** @param {string} tag @param {string} className @param {string} text */
function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text; // never innerHTML: names come from people
  return made;
}

const NOTHING = "–";

/** Whether a run trains in a program of its own. @param {RunHistory} history */
const isWatched = (history) => history.header?.kind === "watched";

const wholeNumber = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** @param {Header | null} header */
function statusLine(header) {
  if (!header) return "asking the server …";
  const step = `${header.phase_word}, step ${wholeNumber.format(header.step)}`;
  if (!header.num_steps) return header.kind === "watched" && header.step ? step : header.phase_word;
  return `${step} of ${wholeNumber.format(header.num_steps)}`;
}

/**
 * @param {HTMLElement} root @param {ShownRun[]} runs @param {Look} look @param {Terms} terms
 * @param {boolean} lacksLibrary
 */
function showStatus(root, runs, look, terms, lacksLibrary) {
  const gap = gapText(runs, lacksLibrary);
  const rows = runs.map((run, position) => {
    const name = numbered(run.spec.name, position, runs);
    const shown = run.problem === gap.text ? { ...run, problem: null } : run;
    return runRow(shown, name, DASHES[position], (...arm) => armCard(...arm, look, terms));
  });
  part(root, "status").replaceChildren(...rows);
  const header = runs[0]?.history.header;
  root.dataset.phase = header?.phase ?? "";
  root.dataset.step = String(header?.step ?? 0);
  const empty = part(root, "empty");
  empty.hidden = !gap.text;
  empty.classList.toggle("rl-problem", gap.isProblem);
  if (empty.textContent !== gap.text) empty.textContent = gap.text; // said aloud once, not at every poll
}

/**
 * What stands where the curves would be; nothing where they are.
 * @param {ShownRun[]} runs @param {boolean} lacksLibrary @returns {{ text: string, isProblem: boolean }}
 */
function gapText(runs, lacksLibrary) {
  if (lacksLibrary) return { text: "The plotting library did not load, so nothing is drawn. Trying again …", isProblem: true };
  if (runs.some(({ history }) => history.hasData)) return { text: "", isProblem: false };
  const problem = runs.find((run) => run.problem)?.problem;
  return { text: problem ?? emptyText(runs[0]?.history.header), isProblem: Boolean(problem) };
}

/** @param {Header | null | undefined} header */
function emptyText(header) {
  if (!header) return "Asking the server for the run …";
  if (header.phase === "queued") return "Another run trains on this device. This one starts when its turn comes.";
  if (header.phase === "training") return "The nets are ready. The first step is being trained.";
  if (!header.is_live) return "This run ended before its first step, so there is nothing to draw.";
  return "The worker is starting: it loads the data and builds the nets. The first curve follows within seconds.";
}

/**
 * @param {ShownRun} run @param {string} name @param {string} dash
 * @param {(replicas: ArmHistory[], index: number, run: ShownRun) => HTMLElement} draw
 */
function runRow(run, name, dash, draw) {
  const { history, problem } = run;
  const { header } = history;
  const row = element("div", "rl-run");
  const title = element("div", "rl-title");
  title.append(element("span", `rl-phase rl-phase-${header?.phase_colour ?? "gray"}`, statusLine(header)));
  title.append(element("span", "rl-name", name));
  row.append(title, progressBar(header));
  const message = problem ?? header?.message ?? "";
  if (message) row.append(element("div", problem ? "rl-message rl-problem" : "rl-message", message));
  const arms = element("div", "rl-arms");
  arms.append(...history.replicas.map((replicas, index) => draw(replicas, index, run)));
  arms.dataset.dash = dash; // the same dash as its curves
  row.append(arms);
  return row;
}

/** @param {Header | null} header */
function progressBar(header) {
  const track = element("div", "rl-track");
  const done = element("div", "rl-done");
  const share = header?.num_steps ? header.step / header.num_steps : 0;
  done.style.width = `${Math.min(100, 100 * share)}%`;
  track.append(done);
  return track;
}

/** @param {ArmHistory[]} replicas @param {number} index @param {ShownRun} run @param {Look} look @param {Terms} terms */
function armCard(replicas, index, { spec, history }, look, terms) {
  const card = element("div", "rl-arm");
  card.style.borderLeftColor = spec.colours[look.theme][index];
  const seeds = replicas.length > 1 ? `, median of ${replicas.length} seeds` : "";
  card.append(element("div", "rl-arm-name", `${replicas[0].label}${seeds}`));
  const numbers = element("div", "rl-numbers");
  numbers.append(...armNumbers(replicas, index, history, terms).map(([label, value]) => numberBox(label, value)));
  card.append(numbers);
  const stopped = history.header?.stopped[index];
  if (stopped) card.append(element("div", "rl-message rl-problem", stopped));
  return card;
}

/** @param {number | null | undefined} value @param {number} digits */
const numberText = (value, digits) => (Number.isFinite(value) ? Number(value).toFixed(digits) : NOTHING);

/** @param {number | null | undefined} value */
const percentText = (value) => (Number.isFinite(value) ? `${(100 * Number(value)).toFixed(1)}${PER_CENT}` : NOTHING);

/**
 * What an arm's card says, each with its label; of several seeds the medians.
 * @param {ArmHistory[]} replicas @param {number} index @param {RunHistory} history @param {Terms} terms
 * @returns {[string, string][]}
 */
function armNumbers(replicas, index, history, { curves }) {
  /** @param {string} name */
  const latest = (name) => median(replicas.map((arm) => smooth(arm.curves[name], MEMORY).at(-1) ?? null));
  const [loss, accuracy] = [curves.loss, curves.accuracy].map(({ title }) => title.toLowerCase());
  const points = medianEvaluations(evaluationsOf(history, index, "validation"));
  const test = medianEvaluations(evaluationsOf(history, index, "test")).at(-1);
  /** @type {[string, string][]} */
  const shown = [
    [loss, numberText(latest("loss"), 3)],
    [`training ${accuracy}`, percentText(latest("accuracy"))],
    [`validation ${accuracy}`, percentText(points.at(-1)?.accuracy)],
  ];
  if (test) shown.push([`test ${accuracy}`, percentText(test.accuracy)]);
  if (isWatched(history)) return shown.filter(([, value]) => value !== NOTHING); // what was not logged never comes
  if (history.header?.is_live) shown.push([curves.images_per_s.unit, numberText(replicas[0].curves.images_per_s.at(-1), 0)]);
  return shown;
}

/** @param {string} label @param {string} value */
function numberBox(label, value) {
  const box = element("div", "rl-number");
  box.append(element("div", "rl-value", value), element("div", "rl-label", label));
  return box;
}
