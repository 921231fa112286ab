// One address of the server, asked again and again: its lines are shown, and when its signature is
// no longer the one that the page was made for, Streamlit is asked to run the fragment once.

const IDLE_FACTOR = 4; // nothing goes on: ask so much less often
const FRESH_MS = 6000; // after a press an answer is on its way: ask often
const FRESH_POLL_MS = 500;
const ASK_AGAIN_MS = 4000; // a request for a run may be lost on the way
const TIMEOUT_MS = 8000;
const SILENT = "The server does not answer. Trying again …";

/** Makes an element with a class and a text, which is never read as markup. */
function make(kind, name, text = "") {
  const element = document.createElement(kind);
  element.className = name;
  element.textContent = text;
  return element;
}

/** Opens a page of the app without loading it anew: Streamlit follows the address bar. */
function follow(event) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({}, "", event.currentTarget.href);
  dispatchEvent(new PopStateEvent("popstate"));
}

function drawLine({ title, href, text, fraction }, what) {
  const words = what ? `${what}: ${text}` : text;
  const line = make("div", "rl-line");
  if (title) {
    const link = make(href ? "a" : "div", href ? "rl-link" : "rl-text", title);
    if (href) Object.assign(link, { href, onclick: follow });
    line.append(link);
  }
  line.append(make("div", "rl-text", words));
  if (fraction !== null) line.append(drawBar(fraction, words));
  return line;
}

function drawBar(fraction, text) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, fraction)));
  const track = make("div", "rl-track");
  const done = make("div", "rl-done");
  done.style.width = `${percent}%`;
  const said = { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent, "aria-label": text };
  for (const [name, value] of Object.entries(said)) track.setAttribute(name, value);
  track.append(done);
  return track;
}

class Listener {
  constructor(root) {
    this.root = root;
    this.abort = new AbortController();
    this.onVisible = () => document.visibilityState === "visible" && this.ask();
    document.addEventListener("visibilitychange", this.onVisible);
  }

  /** Takes what Python sent with a run: what the page shows is fresh again. */
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
    const isQuick = this.news.is_live && document.visibilityState === "visible";
    const isFresh = isQuick && Date.now() - this.shownAt < FRESH_MS;
    const wait = isFresh ? Math.min(FRESH_POLL_MS, this.data.every_ms) : this.data.every_ms;
    this.timer = setTimeout(() => this.ask(), isQuick ? wait : IDLE_FACTOR * wait);
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

  take(news) {
    this.news = news;
    this.draw(news);
    const now = Date.now();
    const isOutdated = news.signature !== this.data.news.signature;
    const isRipe = news.is_final || now - this.shownAt >= this.data.rerun_after_ms;
    if (!isOutdated || !isRipe || now - this.askedAt < ASK_AGAIN_MS) return;
    this.askedAt = now;
    this.tellOutdated();
  }

  draw({ lines, problem, signature }) {
    this.root.dataset.signature = signature;
    const shown = this.data.is_quiet ? [] : lines.map((line) => drawLine(line, this.data.what));
    if (problem && !this.data.is_quiet) shown.push(make("div", "rl-text rl-problem", problem));
    const focused = this.root.getRootNode().activeElement?.getAttribute?.("href");
    this.root.replaceChildren(...shown);
    if (focused) this.root.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  }

  stop() {
    this.abort.abort();
    clearTimeout(this.timer);
    clearTimeout(this.again);
    document.removeEventListener("visibilitychange", this.onVisible);
  }
}

/** What the server says of something that is not there any more; the page is to find out. */
function gone(sentence) {
  return { signature: "gone", is_final: true, is_live: false, lines: [], problem: sentence };
}

const listeners = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".rl-listener");
  const listener = listeners.get(root) ?? new Listener(root);
  listeners.set(root, listener);
  listener.update(component);
  return () => {
    listener.stop();
    listeners.delete(root);
  };
}
