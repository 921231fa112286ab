// One Plotly figure, changed in place; text and grid take the colours of Streamlit's theme.

const TITLE_STANDOFF_PX = 8;

/** @param {PlotFigure["layout"]} layout @param {Look} look */
function themed(layout, look) {
  /** @type {PlotFigure["layout"]} */
  const themedLayout = {
    ...layout,
    paper_bgcolor: look.background,
    plot_bgcolor: look.background,
    font: { ...layout.font, family: look.font, color: look.text },
    hoverlabel: { font: { family: look.font } },
    uirevision: layout.uirevision ?? true,
    autosize: true,
  };
  for (const name of Object.keys(layout).filter((each) => /^[xy]axis\d*$/.test(each))) {
    themedLayout[name] = themedAxis(name, /** @type {PlotAxis} */ (layout[name]), look);
  }
  return themedLayout;
}

/** @param {string} name @param {PlotAxis} axis @param {Look} look */
function themedAxis(name, axis, look) {
  // Without a distance of its own Plotly sets a title below where its margin ends, into a saved figure's words.
  const title = name.startsWith("x") && axis.title?.text ? { title: { standoff: TITLE_STANDOFF_PX, ...axis.title } } : {};
  return { gridcolor: look.grid, linecolor: look.grid, zeroline: false, automargin: true, ...axis, ...title };
}

// Beyond, boxes are no easier to read, and a net no longer fits a screen.
const [LEAST_STRETCHED, MOST_STRETCHED] = [0.5, 1.6];

/**
 * How many times as large a figure is drawn that keeps its shape, so that it fills its place.
 * @param {PlotFigure["layout"]} layout @param {number} width of its place, px
 */
function stretch({ meta }, width) {
  const own = meta?.laid_out_px;
  return own && width ? Math.min(Math.max(width / own, LEAST_STRETCHED), MOST_STRETCHED) : 1;
}

/** The figure so many times as large; its letters grow with it, and stay readable in a narrow place. @param {PlotFigure} figure @param {number} times @returns {PlotFigure} */
function stretched({ data, layout }, times) {
  const letters = times < 1 ? Math.min(Math.max(1.25 * times, 0.7), 1) : times;
  const sized = (/** @type {number | undefined} */ px, by = times) => (px === undefined ? px : Math.round(10 * by * px) / 10);
  return {
    data: data.map((trace) => (trace.textfont ? { ...trace, textfont: { ...trace.textfont, size: sized(trace.textfont.size, letters) } } : trace)),
    layout: { ...layout, height: sized(layout.height), hoverdistance: sized(layout.hoverdistance) },
  };
}

class FigurePlot {
  /** @param {HTMLElement} root @param {PlotData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    /** @type {PlotFigure} as it was laid out */
    this.figure = { data: [], layout: {} };
    this.times = 1;
    this.isGone = false;
    this.plot = /** @type {DrawnElement} */ (root.querySelector(".rl-plot-figure"));
    this.tools = /** @type {HTMLElement} */ (root.querySelector(".rl-plot-tools"));
    this.twin = /** @type {HTMLElement} */ (root.querySelector(".rl-plot-twin"));
    this.numResets = 0;
    /** @type {(name: string) => void} told what was pressed */
    this.press = () => {};
    // Plotly takes any wheel for zoom; without Ctrl (or a pinch, which says Ctrl) it moves the page.
    const keepForPage = (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    };
    this.plot.addEventListener("wheel", keepForPage, { capture: true, passive: true });
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(root);
    useTools(this.tools, this.plot, {
      whole: () => this.showWhole(),
      print: () => this.print(),
      saved: () => ({ name: this.data.name, library: this.data.plotly }),
    });
  }

  /** @param {PlotData} data */
  async update(data) {
    this.data = data;
    this.figure = JSON.parse(data.figure);
    this.times = stretch(this.figure.layout, this.root.offsetWidth);
    this.takePlace(stretched(this.figure, this.times).layout);
    let plotly;
    try {
      plotly = await loadPlotly(data.plotly);
    } catch (error) {
      this.plot.textContent = String(error instanceof Error ? error.message : error);
      return;
    }
    if (this.isGone || this.data !== data) return;
    const isFirst = !this.plot.data;
    await this.draw(plotly);
    if (isFirst && data.can_press) {
      this.plot.on?.("plotly_click", ({ points }) => points[0]?.customdata && this.press(points[0].customdata));
    }
    this.plot.setAttribute("role", "figure");
    this.plot.setAttribute("aria-label", data.alt);
    this.twin.textContent = data.twin;
    this.tools.hidden = false;
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
    this.resize();
  }

  /** Takes the figure's own size before it is drawn, so that nothing jumps. @param {PlotFigure["layout"]} layout */
  takePlace({ width, height }) {
    this.plot.style.width = width ? `${width}px` : "";
    this.plot.style.height = height ? `${height}px` : "";
    this.root.classList.remove("rl-unplaced");
  }

  /** @param {PlotlyLibrary} plotly */
  draw(plotly) {
    const figure = this.times === 1 ? this.figure : stretched(this.figure, this.times);
    const layout = themed(figure.layout, readLook(this.root));
    if (this.numResets) layout.uirevision = `${layout.uirevision} ${this.numResets}`;
    return plotly.react(this.plot, figure.data, layout, plotConfig(this.data.zooms));
  }

  /** Brings all back. */
  async showWhole() {
    this.numResets += 1;
    if (window.Plotly) await this.draw(window.Plotly);
  }

  /** The figure as it is shown, with its words. */
  print() {
    const { alt, note, made_by: madeBy } = this.data;
    return printed(this.plot, alt, [note, sourceLine(madeBy, window.location, new Date())]);
  }

  resize() {
    if (!this.plot.data || this.plot.offsetWidth === 0 || !window.Plotly) return;
    const times = stretch(this.figure.layout, this.root.offsetWidth);
    if (times === this.times) {
      window.Plotly.Plots.resize(this.plot);
      return;
    }
    this.times = times;
    this.takePlace(stretched(this.figure, times).layout);
    this.draw(window.Plotly);
  }

  stop() {
    this.isGone = true;
    this.resizer.disconnect();
    if (this.plot.data) window.Plotly?.purge(this.plot);
  }
}

/** @type {WeakMap<HTMLElement, FigurePlot>} */
const plots = new WeakMap();

/** @param {Component<PlotData>} component */
export default function (component) {
  const root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".rl-plot"));
  const plot = plots.get(root) ?? new FigurePlot(root, component.data);
  plots.set(root, plot);
  plot.press = (name) => component.setTriggerValue("pressed", name);
  plot.update(component.data);
  return () => {
    plot.stop();
    plots.delete(root);
  };
}
