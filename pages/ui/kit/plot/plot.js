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
    modebar: { bgcolor: "rgba(0,0,0,0)", color: look.faint, activecolor: look.text },
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
    displaylogo: false,
    responsive: false,
    scrollZoom: zooms,
    doubleClick: zooms ? "reset" : "reset+autosize",
    // Plotly 4 would offer to send the figure to its maker's server.
    plotlyServerURL: "",
    modeBarButtonsToRemove: ["toImage", "sendChartToCloud", "select2d", "lasso2d"],
  };
}

/** @param {BlobPart[]} parts @param {string} type @param {string} filename */
function saveBlob(parts, type, filename) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * The figure laid out anew in a font that a picture has, which cannot load the page's own.
 * @param {DrawnElement} plot
 */
function withSystemFont({ data, layout }) {
  return { data, layout: { ...layout, font: { ...layout?.font, family: "Arial, Helvetica, sans-serif" } } };
}

/**
 * A page that needs nothing else: the library, the numbers, and one call.
 * @param {DrawnElement} plot @param {string} url @param {string} name
 */
async function saveHtml(plot, url, name) {
  const library = await (await fetch(url)).text();
  const figure = JSON.stringify({ data: plot.data, layout: plot.layout }).replaceAll("<", "\\u003c");
  const start = `Plotly.newPlot("figure", figure.data, figure.layout, { responsive: true, displaylogo: false, plotlyServerURL: "" });`;
  const page = [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title>`,
    `<style>body { margin: 0; background: ${plot.layout?.paper_bgcolor}; }</style></head>`,
    `<body><div id="figure"></div><script>`, library, `</script>`,
    `<script>const figure = ${figure}; ${start}</script></body></html>`,
  ];
  saveBlob(page, "text/html", `${name}.html`);
}

class FigurePlot {
  /** @param {HTMLElement} root @param {PlotData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.isGone = false;
    this.plot = /** @type {DrawnElement} */ (root.querySelector(".rl-plot-figure"));
    this.saving = /** @type {HTMLElement} */ (root.querySelector(".rl-plot-save"));
    // Plotly takes any wheel for zoom; without Ctrl (or a pinch, which says Ctrl) it moves the page.
    const keepForPage = (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    };
    this.plot.addEventListener("wheel", keepForPage, { capture: true, passive: true });
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(root);
    for (const button of this.saving.querySelectorAll("button")) {
      button.onclick = () => this.save(button.dataset.format ?? "png");
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
    const layout = themed(figure.layout, readLook(this.root));
    await plotly.react(this.plot, figure.data, layout, plotConfig(data.zooms));
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", data.alt);
    this.saving.hidden = false;
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
    this.resize();
  }

  /** Takes the figure's own size before it is drawn, so that nothing jumps. @param {PlotFigure["layout"]} layout */
  takePlace({ width, height }) {
    this.plot.style.width = width ? `${width}px` : "";
    this.plot.style.height = height ? `${height}px` : "";
  }

  /** @param {string} format */
  save(format) {
    const { name, plotly } = this.data;
    if (format === "html") return saveHtml(this.plot, plotly, name);
    const size = { width: this.plot.offsetWidth, height: this.plot.offsetHeight };
    const scale = format === "png" ? 2 : 1;
    return window.Plotly?.downloadImage(withSystemFont(this.plot), { format, filename: name, scale, ...size });
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
  plot.update(component.data);
  return () => {
    plot.stop();
    plots.delete(root);
  };
}
