// One address of the server, asked again and again: its lines are shown, and when its signature is
// no longer the one that the page was made for, Streamlit is asked to run the fragment once.

const IDLE_FACTOR = 4; // nothing goes on: ask so much less often
const FRESH_MS = 6000; // after a press an answer is on its way: ask often
const FRESH_POLL_MS = 500;
const ASK_AGAIN_MS = 4000; // a request for a run may be lost on the way
const TIMEOUT_MS = 8000;
const SILENT = "The server does not answer. Trying again …";

/**
 * Makes an element with a class and a text, which is never read as markup.
 * @template {keyof HTMLElementTagNameMap} Kind
 * @param {Kind} kind @param {string} name @param {string} text @returns {HTMLElementTagNameMap[Kind]}
 */
function make(kind, name, text = "") {
  const element = document.createElement(kind);
  element.className = name;
  element.textContent = text;
  return element;
}

/**
 * Opens a page of the app without loading it anew: Streamlit follows the address bar.
 * @param {MouseEvent} event @param {string} href
 */
function follow(event, href) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({}, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** @param {NewsLine} line @param {string} what */
function drawLine({ title, href, text, fraction }, what) {
  const words = what ? `${what}: ${text}` : text;
  const line = make("div", "rl-line");
  if (title) {
    const link = make(href ? "a" : "div", href ? "rl-link" : "rl-text", title);
    if (link instanceof HTMLAnchorElement) {
      link.href = href;
      link.onclick = (event) => follow(event, link.href);
    }
    line.append(link);
  }
  line.append(make("div", "rl-text", words));
  if (fraction !== null) line.append(drawBar(fraction, words));
  return line;
}

/** @param {number} fraction @param {string} text */
function drawBar(fraction, text) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, fraction)));
  const track = make("div", "rl-track");
  const done = make("div", "rl-done");
  done.style.width = `${percent}%`;
  const said = { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent, "aria-label": text };
  for (const [name, value] of Object.entries(said)) track.setAttribute(name, String(value));
  track.append(done);
  return track;
}

/**
 * How long to wait for the next question, in ms: often while something goes on and is seen, and
 * more often still when an answer to a press is on its way.
 * @param {{ isLive: boolean, isSeen: boolean, shownForMs: number, everyMs: number }} now
 */
function waitFor({ isLive, isSeen, shownForMs, everyMs }) {
  if (!isLive || !isSeen) return IDLE_FACTOR * everyMs;
  return shownForMs < FRESH_MS ? Math.min(FRESH_POLL_MS, everyMs) : everyMs;
}

/**
 * Whether Streamlit is to run the fragment: its view is outdated, has stood long enough or shows
 * something that has ended, and no request is on its way.
 * @param {News} news @param {News} shown @param {{ shownForMs: number, askedForMs: number, stayMs: number }} times
 */
function mustRun(news, shown, { shownForMs, askedForMs, stayMs }) {
  const isRipe = news.is_final || shownForMs >= stayMs;
  return news.signature !== shown.signature && isRipe && askedForMs >= ASK_AGAIN_MS;
}

class Listener {
  /** @param {HTMLElement} root @param {ListenerData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.news = data.news;
    this.shownAt = 0;
    this.askedAt = 0;
    this.tellOutdated = () => {};
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.again = undefined;
    this.abort = new AbortController();
    this.onVisible = () => document.visibilityState === "visible" && this.ask();
    document.addEventListener("visibilitychange", this.onVisible);
  }

  /**
   * Takes what Python sent with a run: what the page shows is fresh again.
   * @param {Component<ListenerData>} component
   */
  update({ data, setTriggerValue }) {
    this.data = data;
    this.tellOutdated = () => setTriggerValue("outdated", Date.now());
    this.shownAt = Date.now();
    this.askedAt = 0;
    this.take(data.news);
    clearTimeout(this.again);
    if (data.again_in_ms !== null) this.again = setTimeout(this.tellOutdated, data.again_in_ms);
    this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    const wait = waitFor({
      isLive: this.news.is_live,
      isSeen: document.visibilityState === "visible",
      shownForMs: Date.now() - this.shownAt,
      everyMs: this.data.every_ms,
    });
    this.timer = setTimeout(() => this.ask(), wait);
  }

  async ask() {
    clearTimeout(this.timer);
    const { address } = this.data;
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      const answer = await fetch(address, { signal });
      const news = answer.ok ? await answer.json() : gone(await answer.text());
      if (address === this.data.address) this.take(news);
    } catch {
      if (!this.abort.signal.aborted) this.draw({ ...this.news, problem: SILENT });
    }
    if (!this.abort.signal.aborted) this.plan();
  }

  /** @param {News} news */
  take(news) {
    this.news = news;
    this.draw(news);
    const now = Date.now();
    const times = {
      shownForMs: now - this.shownAt,
      askedForMs: now - this.askedAt,
      stayMs: this.data.rerun_after_ms,
    };
    if (!mustRun(news, this.data.news, times)) return;
    this.askedAt = now;
    this.tellOutdated();
  }

  /** @param {News} news */
  draw({ lines, problem, signature }) {
    this.root.dataset.signature = signature;
    const shown = this.data.is_quiet ? [] : lines.map((line) => drawLine(line, this.data.what));
    if (problem && !this.data.is_quiet) shown.push(make("div", "rl-text rl-problem", problem));
    const tree = /** @type {Document | ShadowRoot} */ (this.root.getRootNode());
    const focused = tree.activeElement?.getAttribute("href");
    this.root.replaceChildren(...shown);
    if (!focused) return;
    /** @type {HTMLElement | null} */
    const link = this.root.querySelector(`[href="${CSS.escape(focused)}"]`);
    link?.focus();
  }

  stop() {
    this.abort.abort();
    clearTimeout(this.timer);
    clearTimeout(this.again);
    document.removeEventListener("visibilitychange", this.onVisible);
  }
}

/** What the server says of something that is not there any more; the page is to find out. @param {string} sentence */
function gone(sentence) {
  return { signature: "gone", is_final: true, is_live: false, lines: [], problem: sentence };
}

/** @type {WeakMap<HTMLElement, Listener>} */
const listeners = new WeakMap();

/** @param {Component<ListenerData>} component */
export default function (component) {
  const root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".rl-listener"));
  const listener = listeners.get(root) ?? new Listener(root, component.data);
  listeners.set(root, listener);
  listener.update(component);
  return () => {
    listener.stop();
    listeners.delete(root);
  };
}
