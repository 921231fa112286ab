// The component: mounted once, polls while it is seen, draws only what changed, cleans up.

const LIVE_POLL_MS = 500;
const IDLE_POLL_MS = 3000;
const FIRST_POINT_POLL_MS = 200;
// A chart on a machine that trains takes its cores: it draws a tenth of the time, or each second.
const REST_PER_DRAWING = 9;
const LONGEST_REST_MS = 1000;
const WIDTH_STEP_PX = 40;
const NARROW_PX = 600; // the cards of two arms stand one below the other
/** @type {Record<string, DrawFigure>} */
const FIGURES = { loss: lossFigure, accuracy: accuracyFigure, flow: flowFigure, rate: rateFigure, norm: normFigure };

class LiveChart {
  /** @type {((step: number) => void) | undefined} */
  tellStep = undefined;

  /** @param {HTMLElement} root @param {ChartData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.look = readLook(root);
    this.lastBytes = 0;
    this.isHeld = false;
    this.isPolling = false;
    this.isDrawing = false;
    this.isOutdated = false;
    /** @type {ShownRun[]} */
    this.runs = [];
    /** @type {Record<string, string>} what each figure shows */
    this.drawn = {};
    /** @type {Record<string, number>} how often a person asked for the whole of each figure again */
    this.numResets = {};
    this.drawingMs = 0;
    this.lacksLibrary = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {Replay | null} */
    this.replay = data.replay_ms === null ? null : new Replay(data.replay_ms);
    this.hasReplayed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.frame = undefined;
    this.abort = new AbortController();
    this.onVisible = () => document.visibilityState === "visible" && this.poll();
    document.addEventListener("visibilitychange", this.onVisible);
    // Axes that grow under a drag would move what is being marked: figures rest meanwhile.
    this.onPress = () => (this.isHeld = true);
    this.onRelease = () => (this.isHeld = false);
    root.addEventListener("pointerdown", this.onPress, true);
    window.addEventListener("pointerup", this.onRelease, true);
    window.addEventListener("pointercancel", this.onRelease, true);
    // What is over surely has curves: their place is kept, so that nothing jumps when they come.
    root.classList.toggle("rl-is-replay", this.replay !== null);
    part(root, "replay").onclick = () => this.startReplay();
    for (const name of Object.keys(FIGURES)) this.offerTools(name);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(root);
  }

  /** Takes what Python sent; runs that stay keep their history, so nothing flickers. @param {ChartData} data */
  update(data) {
    const [before, hadLayers] = [this.runs, this.showsLayers];
    this.data = data;
    const kept = hadLayers === this.showsLayers ? before : [];
    const known = new Map(kept.map((run) => [run.spec.id, run]));
    this.runs = data.runs.map((spec, position) => ({
      history: known.get(spec.id)?.history ?? new RunHistory(spec.id),
      ghost: spec.parent ? (known.get(spec.id)?.ghost ?? { history: new RunHistory(spec.parent), problem: null }) : null,
      problem: null,
      spec,
      position,
    }));
    this.look = readLook(this.root);
    this.root.classList.toggle("rl-curves-first", data.runs.length > 1 || this.root.offsetWidth < NARROW_PX);
    for (const name of Object.keys(FIGURES)) {
      placeOf(this.root, name).place.hidden = !data.figures.includes(name);
    }
    // While the library is on its way the status line lives already; then all is drawn at once.
    this.loadLibrary();
    this.poll();
  }

  get showsLayers() {
    return this.data.figures.includes("flow");
  }

  /** @param {string} name */
  offerTools(name) {
    const { plot, tools } = placeOf(this.root, name);
    tools.hidden = false;
    useTools(tools, plot, {
      whole: () => this.showWhole(name),
      print: () => printedCurves(plot, this.shownRuns(), this.data.made_by),
      saved: () => ({ name: `resnet-lab-${name}`, library: this.data.plotly }),
    });
  }

  /** Forgets the zoom of a figure. @param {string} name */
  showWhole(name) {
    this.numResets[name] = (this.numResets[name] ?? 0) + 1;
    return this.draw();
  }

  async loadLibrary() {
    try {
      await loadPlotly(this.data.plotly);
      this.lacksLibrary = false;
    } catch {
      this.lacksLibrary = true; // the next poll tries again
    }
    if (!this.lacksLibrary) this.poll();
  }

  stop() {
    this.abort.abort();
    clearTimeout(this.timer);
    clearTimeout(this.frame);
    this.resizer.disconnect();
    document.removeEventListener("visibilitychange", this.onVisible);
    this.root.removeEventListener("pointerdown", this.onPress, true);
    window.removeEventListener("pointerup", this.onRelease, true);
    window.removeEventListener("pointercancel", this.onRelease, true);
    for (const name of Object.keys(this.drawn)) window.Plotly?.purge(part(this.root, name));
  }

  /** Asks for news, draws, and asks again later; never twice at a time, never while unseen. */
  async poll() {
    clearTimeout(this.timer);
    if (this.isPolling) {
      this.isOutdated = true; // the runs changed under way: ask again at once
      return;
    }
    if (document.visibilityState !== "visible" || this.abort.signal.aborted) return;
    this.isPolling = true;
    try {
      const asked = this.runs.flatMap((run) => (run.ghost ? [run, run.ghost] : [run]));
      await Promise.all(asked.map((run) => this.fetchNews(run)));
      if (!this.abort.signal.aborted) await this.draw();
    } finally {
      this.isPolling = false;
      if (!this.abort.signal.aborted) this.timer = setTimeout(() => this.poll(), this.nextWait());
      this.isOutdated = false;
    }
  }

  nextWait() {
    const isLive = this.runs.some(({ history, problem }) => !problem && (history.header?.is_live ?? true));
    if (this.isOutdated) return 0;
    if (!isLive) return IDLE_POLL_MS;
    if (this.runs.some(({ history }) => !history.hasData)) return FIRST_POINT_POLL_MS;
    return Math.max(LIVE_POLL_MS, Math.min(LONGEST_REST_MS, REST_PER_DRAWING * this.drawingMs));
  }

  /** @param {AskedRun} run */
  async fetchNews(run) {
    const { history } = run;
    const layers = this.showsLayers ? "" : "&layers=no"; // they are most of the bytes
    const query = `after=${history.after}&width=${history.hasData ? history.width : 0}${layers}`;
    try {
      const url = `${this.data.root}/runs/${encodeURIComponent(history.runId)}/metrics?${query}`;
      const answer = await fetch(url, { signal: AbortSignal.any([this.abort.signal, AbortSignal.timeout(8000)]) });
      if (!answer.ok) {
        run.problem = await refusal(answer);
        return;
      }
      const buffer = await answer.arrayBuffer();
      this.lastBytes = buffer.byteLength;
      history.merge(decodeChunk(buffer));
      run.problem = null;
    } catch {
      run.problem = "The server does not answer; the run itself goes on. Trying again …";
    }
  }

  /** Lets the curves grow again from the first step. */
  startReplay() {
    this.hasReplayed = true;
    this.replay?.start(performance.now());
    this.drawFrame();
  }

  async drawFrame() {
    clearTimeout(this.frame);
    const isOver = !this.replay || this.replay.share(performance.now()) >= 1;
    const isDrawn = await this.draw();
    if ((isOver && isDrawn) || this.abort.signal.aborted) return;
    this.frame = setTimeout(() => this.drawFrame(), FRAME_MS);
  }

  /** The runs as they are shown now: as far as they are, or as far as a replay is. @returns {ShownRun[]} */
  shownRuns() {
    if (!this.replay) return this.runs;
    const share = this.replay.share(performance.now());
    return this.runs.map((run) => ({
      ...run,
      history: historyUntil(run.history, Math.max(1, Math.round(share * run.history.lastStep))),
    }));
  }

  /** The first replay begins by itself, as soon as all is there to draw it, unless motion is unwanted. */
  beginReplay() {
    if (!this.replay || this.hasReplayed || !window.Plotly) return;
    if (this.runs.some(({ history }) => !history.hasData)) return;
    part(this.root, "replay").hidden = false;
    this.hasReplayed = true;
    if (wantsNoMotion()) return;
    this.replay.start(performance.now());
    this.frame = setTimeout(() => this.drawFrame(), FRAME_MS);
  }

  /** Draws what is on show, and tells whether it could: Plotly would mix two drawings at a time. */
  async draw() {
    if (this.isDrawing) return false;
    this.isDrawing = true;
    const startedAt = performance.now();
    try {
      this.beginReplay();
      await this.drawRuns(this.shownRuns());
      return true;
    } finally {
      this.drawingMs = performance.now() - startedAt;
      this.isDrawing = false;
    }
  }

  /** @param {ShownRun[]} shown */
  async drawRuns(shown) {
    showStatus(this.root, shown, this.look, this.data.terms, this.lacksLibrary);
    if (this.lacksLibrary) this.loadLibrary();
    const withData = shown.filter(({ history }) => history.hasData);
    const plotly = window.Plotly;
    part(this.root, "figures").hidden = (withData.length === 0 || this.lacksLibrary) && !this.replay;
    if (withData.length > 0 && !plotly) this.keepPlaces(withData);
    this.root.classList.remove("rl-unplaced");
    if (withData.length === 0 || !plotly) return;
    const histories = withData.flatMap(({ history, ghost }) => (ghost ? [history, ghost.history] : [history]));
    const runs = histories.map(({ runId, revision, lastStep }) => `${runId} ${revision} ${lastStep}`);
    const width = Math.round(this.root.offsetWidth / WIDTH_STEP_PX); // titles break where it ends
    const version = JSON.stringify([runs, this.look, this.data.runs, this.data.figures, this.numResets, width]);
    for (const name of this.data.figures) {
      if (this.abort.signal.aborted || this.isHeld) return;
      if (this.drawn[name] === version) continue;
      const figure = this.figureOf(name, withData);
      const { traces, layout } = figure;
      layout.datarevision = version; // histories grow in place, which Plotly does not see by itself
      layout.uirevision = `keep ${this.numResets[name] ?? 0}`; // zoom, pan and hidden traces stay while data stream in
      // Given a configuration again, Plotly would find it changed and build the plot anew.
      const config = name in this.drawn ? undefined : plotConfig(false);
      await plotly.react(part(this.root, name), traces, layout, config);
      if (!(name in this.drawn)) hearSteps(placeOf(this.root, name).plot, this);
      part(this.root, name).style.minHeight = "";
      tellFigure(this.root, name, figure);
      this.drawn[name] = version;
    }
    tellMeasures(this.root, this, withData);
  }

  /** @param {string} name @param {ShownRun[]} runs */
  figureOf(name, runs) {
    const figure = FIGURES[name](runs, this.look, this.data.terms);
    return { ...figure, layout: withWrappedTitle(figure.layout, part(this.root, name).offsetWidth) };
  }

  /** Takes the figures' sizes while Plotly is on its way, so that nothing jumps. @param {ShownRun[]} runs */
  keepPlaces(runs) {
    for (const name of this.data.figures) {
      part(this.root, name).style.minHeight = `${this.figureOf(name, runs).layout.height}px`;
    }
  }

  resize() {
    for (const name of Object.keys(this.drawn)) {
      const plot = part(this.root, name);
      if (!plot.hidden && plot.offsetWidth > 0) window.Plotly?.Plots.resize(plot);
    }
  }
}

/** The lab's own sentence; a proxy's page of HTML becomes one. @param {Response} answer */
async function refusal(answer) {
  const isPlain = answer.headers.get("Content-Type")?.startsWith("text/plain");
  if (isPlain) return answer.text();
  return `The server answered with error ${answer.status}; the run itself goes on. Trying again …`;
}

/** @type {WeakMap<HTMLElement, LiveChart>} */
const charts = new WeakMap();

/** @param {Component<ChartData>} component */
export default function (component) {
  const root = part(component.parentElement, "live-chart");
  const chart = charts.get(root) ?? new LiveChart(root, component.data);
  charts.set(root, chart);
  chart.tellStep = (step) => component.setTriggerValue("step", step);
  chart.update(component.data);
  return () => {
    chart.stop();
    charts.delete(root);
  };
}
