// The strip above the curves: how each run is doing, and each arm's latest numbers, all as text.

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text; // never innerHTML: names come from people
  return made;
}

const wholeNumber = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

function statusLine(header) {
  if (!header) return "asking the server …";
  const words = PHASE_WORDS[header.phase] ?? header.phase;
  if (!header.num_steps) return words;
  return `${words}, step ${wholeNumber.format(header.step)} of ${wholeNumber.format(header.num_steps)}`;
}

function showStatus(root, runs, look, lacksLibrary) {
  const gap = gapText(runs, lacksLibrary);
  const strip = root.querySelector(".rl-status");
  const rows = runs.map((run, position) => {
    const name = numbered(run.spec.name, position, runs);
    return runRow(run, name, DASHES[position], look, run.problem === gap.text ? null : run.problem);
  });
  strip.replaceChildren(...rows);
  const header = runs[0]?.history.header;
  root.dataset.phase = header?.phase ?? "";
  root.dataset.step = header?.step ?? 0;
  const empty = root.querySelector(".rl-empty");
  empty.hidden = !gap.text;
  empty.classList.toggle("rl-problem", gap.isProblem);
  if (empty.textContent !== gap.text) empty.textContent = gap.text; // said aloud once, not at every poll
}

/** What stands where the curves would be; nothing where they are. */
function gapText(runs, lacksLibrary) {
  if (lacksLibrary) return { text: "The plotting library did not load, so nothing is drawn. Trying again …", isProblem: true };
  if (runs.some(({ history }) => history.hasData)) return { text: "", isProblem: false };
  const problem = runs.find((run) => run.problem)?.problem;
  return { text: problem ?? emptyText(runs[0]?.history.header), isProblem: Boolean(problem) };
}

function emptyText(header) {
  if (!header) return "Asking the server for the run …";
  if (header.phase === "queued") return "Another run trains on this device. This one starts when its turn comes.";
  if (header.phase === "training") return "The nets are ready. The first step is being trained.";
  if (!header.is_live) return "This run ended before its first step, so there is nothing to draw.";
  return "The worker is starting: it loads the data and builds the nets. The first curve follows within seconds.";
}

function runRow({ spec, history }, name, dash, look, problem) {
  const { header } = history;
  const row = element("div", "rl-run");
  const title = element("div", "rl-title");
  title.append(element("span", `rl-phase rl-phase-${header?.phase ?? "preparing"}`, statusLine(header)));
  title.append(element("span", "rl-name", name));
  row.append(title, progressBar(header));
  const message = problem ?? header?.message ?? "";
  if (message) row.append(element("div", problem ? "rl-message rl-problem" : "rl-message", message));
  const arms = element("div", "rl-arms");
  arms.append(...history.arms.map((arm, index) => armCard(arm, index, spec, history, look)));
  arms.dataset.dash = dash; // the same dash as its curves
  row.append(arms);
  return row;
}

function progressBar(header) {
  const track = element("div", "rl-track");
  const done = element("div", "rl-done");
  const share = header?.num_steps ? header.step / header.num_steps : 0;
  done.style.width = `${Math.min(100, 100 * share)}%`;
  track.append(done);
  return track;
}

function armCard(arm, index, spec, history, look) {
  const card = element("div", "rl-arm");
  card.style.borderLeftColor = spec.colours[look.theme][index];
  card.append(element("div", "rl-arm-name", arm.label));
  const numbers = element("div", "rl-numbers");
  numbers.append(...armNumbers(arm, index, history).map(([label, value]) => numberBox(label, value)));
  card.append(numbers);
  const stopped = history.header.stopped[index];
  if (stopped) card.append(element("div", "rl-message rl-problem", stopped));
  return card;
}

function armNumbers(arm, index, history) {
  const latest = (name) => smooth(arm.curves[name], MEMORY).at(-1);
  const number = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : "–");
  const percent = (value) => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : "–");
  const points = history.evaluations.filter((each) => each.arm === index && each.split === "validation");
  const test = history.evaluations.findLast((each) => each.arm === index && each.split === "test");
  const shown = [
    ["loss", number(latest("loss"), 3)],
    ["training accuracy", percent(latest("accuracy"))],
    ["validation accuracy", percent(points.at(-1)?.accuracy)],
  ];
  if (test) shown.push(["test accuracy", percent(test.accuracy)]);
  shown.push(["pictures/s", number(arm.curves.images_per_s.at(-1), 0)]);
  return shown;
}

function numberBox(label, value) {
  const box = element("div", "rl-number");
  box.append(element("div", "rl-value", value), element("div", "rl-label", label));
  return box;
}
