// One Plotly figure, changed in place; text and grid take the colours of Streamlit's theme.

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
    themedLayout[name] = { gridcolor: look.grid, linecolor: look.grid, zeroline: false, automargin: true, .../** @type {object} */ (layout[name]) };
  }
  return themedLayout;
}

/** @param {boolean} zooms whether Ctrl and the wheel zoom, and a double click brings all back */
function plotConfig(zooms) {
  return {
    displayModeBar: false,
    responsive: false,
    scrollZoom: zooms,
    doubleClick: zooms ? "reset" : "reset+autosize",
    plotlyServerURL: "", // nothing is ever sent to Plotly's maker
  };
}

/**
 * What an axis shows, made narrower or wider around its middle; on a log axis these are exponents.
 * @param {[number, number]} range @param {number} factor @returns {[number, number]}
 */
function scaledRange([start, end], factor) {
  const [middle, half] = [(start + end) / 2, ((end - start) / 2) * factor];
  return [middle - half, middle + half];
}

class FigurePlot {
  /** @param {HTMLElement} root @param {PlotData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
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
    for (const button of this.tools.querySelectorAll("button")) {
      const { zoom, format } = button.dataset;
      button.onclick = () => (zoom === undefined ? this.save(format ?? "png") : this.zoom(Number(zoom)));
    }
  }

  /** @param {PlotData} data */
  async update(data) {
    this.data = data;
    const figure = /** @type {PlotFigure} */ (JSON.parse(data.figure));
    this.takePlace(figure.layout);
    let plotly;
    try {
      plotly = await loadPlotly(data.plotly);
    } catch (error) {
      this.plot.textContent = String(error instanceof Error ? error.message : error);
      return;
    }
    if (this.isGone || this.data !== data) return;
    const isFirst = !this.plot.data;
    await this.draw(plotly, figure);
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
  }

  /** @param {PlotlyLibrary} plotly @param {PlotFigure} figure */
  draw(plotly, figure) {
    const layout = themed(figure.layout, readLook(this.root));
    if (this.numResets) layout.uirevision = `${layout.uirevision} ${this.numResets}`;
    return plotly.react(this.plot, figure.data, layout, plotConfig(this.data.zooms));
  }

  /** Brings the middle closer, or with 0 all back. @param {number} factor */
  async zoom(factor) {
    const { Plotly: plotly } = window;
    const drawn = this.plot._fullLayout;
    if (!plotly || !drawn) return;
    if (factor === 0) {
      this.numResets += 1;
      await this.draw(plotly, JSON.parse(this.data.figure));
      return;
    }
    const names = Object.keys(drawn).filter((name) => /^[xy]axis\d*$/.test(name));
    const ranges = names.map((name) => [`${name}.range`, scaledRange(/** @type {PlotAxis} */ (drawn[name]).range, factor)]);
    await plotly.relayout(this.plot, Object.fromEntries(ranges));
  }

  /** @param {string} format */
  save(format) {
    const { name, plotly } = this.data;
    const printed = this.print();
    if (format === "html") return saveHtml(printed, plotly, name);
    const { width, height } = printed;
    const scale = format === "png" ? 2 : 1;
    return window.Plotly?.downloadImage(printed, { format, filename: name, scale, width, height });
  }

  /** The figure as it is shown, with its words. */
  print() {
    const { data, layout, _fullLayout: drawn } = this.plot;
    const { alt, note, made_by: madeBy } = this.data;
    return captioned({
      data: data ?? [],
      layout: layout ?? {},
      margins: drawn?._size ?? { l: 0, r: 0, t: 0, b: 0 },
      width: this.plot.offsetWidth,
      height: this.plot.offsetHeight,
      title: alt,
      notes: [note, sourceLine(madeBy, window.location, new Date())],
    });
  }

  resize() {
    if (this.plot.data && this.plot.offsetWidth > 0) window.Plotly?.Plots.resize(this.plot);
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
