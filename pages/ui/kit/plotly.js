// What every component that draws with Plotly has in common: the library, and the theme's colours.

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

/** Reads the theme from Streamlit's CSS variables. @param {Element} element @returns {Look} */
function readLook(element) {
  const style = getComputedStyle(element);
  /** @param {string} name @param {string} fallback */
  const variable = (name, fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
  const background = variable("background-color", "#ffffff");
  const [red, green, blue] = background.match(/[0-9a-f]{2}/gi)?.map((pair) => parseInt(pair, 16)) ?? [255, 255, 255];
  return {
    theme: 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light",
    background,
    text: variable("text-color", "#1b2430"),
    faint: variable("gray-text-color", "#7d8899"),
    grid: variable("border-color-light", variable("border-color", "#d9e0e8")),
    font: variable("font", "sans-serif"),
  };
}
