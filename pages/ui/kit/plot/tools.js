// What stands below every figure: closer, farther, whole, and its picture as a file.

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

/**
 * Brings the middle closer or moves it away. An axis of names counts them, which zooms as well.
 * @param {DrawnElement} plot @param {number} factor
 */
async function zoomPlot(plot, factor) {
  const drawn = plot._fullLayout;
  if (!window.Plotly || !drawn) return;
  const names = Object.keys(drawn).filter((name) => /^[xy]axis\d*$/.test(name));
  const ranges = names.map((name) => [`${name}.range`, scaledRange(/** @type {PlotAxis} */ (drawn[name]).range, factor)]);
  await window.Plotly.relayout(plot, Object.fromEntries(ranges));
}

/**
 * A figure as it is shown, with its words.
 * @param {DrawnElement} plot @param {string} title @param {string[]} notes
 */
function printed(plot, title, notes) {
  const { data, layout, _fullLayout: drawn, offsetWidth: width, offsetHeight: height } = plot;
  const margins = drawn?._size ?? { l: 0, r: 0, t: 0, b: 0 };
  return captioned({ data: data ?? [], layout: layout ?? {}, margins, width, height, title, notes });
}

/** @param {SavedFigure} figure @param {string} format @param {SavedName} saved */
function saveFigure(figure, format, { name, library }) {
  if (format === "html") return saveHtml(figure, library, name);
  const { width, height } = figure;
  const scale = format === "png" ? 2 : 1;
  return window.Plotly?.downloadImage(figure, { format, filename: name, scale, width, height });
}

/** @param {HTMLElement} tools @param {DrawnElement} plot @param {ToolsUse} use */
function useTools(tools, plot, { whole, print, saved }) {
  for (const button of tools.querySelectorAll("button")) {
    const { zoom, format } = button.dataset;
    button.onclick = () => {
      if (format !== undefined) return saveFigure(print(), format, saved());
      return Number(zoom) === 0 ? whole() : zoomPlot(plot, Number(zoom));
    };
  }
}
