// One Plotly figure, changed in place; text and grid take the colours of Streamlit's theme.

/**
 * Loads plotly.js once a page, from the lab's own server.
 * @param {string} url @returns {Promise<PlotlyLibrary>}
 */
function loadPlotly(url) {
  window.resnetLabPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(/** @type {PlotlyLibrary} */ (window.Plotly));
    script.onerror = () => {
      delete window.resnetLabPlotly;
      script.remove();
      reject(new Error("The plotting library did not load: is the server still there?"));
    };
    document.head.append(script);
  });
  return window.resnetLabPlotly;
}

/** Reads the theme from Streamlit's CSS variables. @param {Element} element */
function readLook(element) {
  const style = getComputedStyle(element);
  /** @param {string} name @param {string} fallback */
  const variable = (name, fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
  return {
    background: variable("background-color", "#ffffff"),
    text: variable("text-color", "#1b2430"),
    grid: variable("border-color-light", variable("border-color", "#d9e0e8")),
    font: variable("font", "sans-serif"),
  };
}

/** @param {PlotFigure["layout"]} layout @param {ReturnType<typeof readLook>} look */
function themed(layout, look) {
  /** @type {PlotFigure["layout"]} */
  const themedLayout = {
    ...layout,
    paper_bgcolor: look.background,
    plot_bgcolor: look.background,
    font: { ...layout.font, family: look.font, color: look.text },
    hoverlabel: { font: { family: look.font } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: look.grid, activecolor: look.text },
    uirevision: layout.uirevision ?? true,
    autosize: true,
  };
  for (const name of Object.keys(layout).filter((each) => /^[xy]axis\d*$/.test(each))) {
    themedLayout[name] = { gridcolor: look.grid, linecolor: look.grid, zeroline: false, automargin: true, .../** @type {object} */ (layout[name]) };
  }
  return themedLayout;
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
  const start = `Plotly.newPlot("figure", figure.data, figure.layout, { responsive: true, displaylogo: false });`;
  const page = [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title>`,
    `<style>body { margin: 0; background: ${plot.layout?.paper_bgcolor}; }</style></head>`,
    `<body><div id="figure"></div><script>`, library, `</script>`,
    `<script>const figure = ${figure}; ${start}</script></body></html>`,
  ];
  saveBlob(page, "text/html", `${name}.html`);
}

class GradientPlot {
  /** @param {HTMLElement} root @param {PlotData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.isGone = false;
    this.plot = /** @type {DrawnElement} */ (root.querySelector(".rl-plot-figure"));
    this.saving = /** @type {HTMLElement} */ (root.querySelector(".rl-plot-save"));
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(root);
    for (const button of this.saving.querySelectorAll("button")) {
      button.onclick = () => this.save(button.dataset.format ?? "png");
    }
  }

  /** @param {PlotData} data */
  async update(data) {
    this.data = data;
    let plotly;
    try {
      plotly = await loadPlotly(data.plotly);
    } catch (error) {
      this.plot.textContent = String(error instanceof Error ? error.message : error);
      return;
    }
    if (this.isGone || this.data !== data) return;
    const look = readLook(this.root);
    const layout = themed(data.figure.layout, look);
    const config = { displaylogo: false, responsive: false, modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d"] };
    await plotly.react(this.plot, data.figure.data, layout, config);
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", data.alt);
    this.saving.hidden = false;
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
    this.resize();
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

/** @type {WeakMap<HTMLElement, GradientPlot>} */
const plots = new WeakMap();

/** @param {Component<PlotData>} component */
export default function (component) {
  const root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".rl-plot"));
  const plot = plots.get(root) ?? new GradientPlot(root, component.data);
  plots.set(root, plot);
  plot.update(component.data);
  return () => {
    plot.stop();
    plots.delete(root);
  };
}
