// A figure as it leaves the page: with its title above, how it was measured and its source below.

const LINE_PX = 17;
const LETTER_PX = 6.4; // of 12 px Arial, on average; a wide text breaks a little early

/**
 * Breaks a text into lines of at most that many letters, between words.
 * @param {string} text @param {number} letters @returns {string[]}
 */
function brokenLines(text, letters) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Names are text, whatever they hold. @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * Where a picture came from: the program, the page with what was chosen on it, and the day.
 * @param {string} madeBy @param {Location} location @param {Date} now
 */
function sourceLine(madeBy, location, now) {
  const page = decodeURIComponent(location.pathname.split("/").at(-1) + location.search);
  return [madeBy, page, now.toISOString().slice(0, 10)].filter(Boolean).join(" · ");
}

/**
 * The figure with room for its words, in a font that a picture has, which cannot load the page's own.
 * @param {Printed} printed
 */
function captioned({ data, layout, margins, width, height, title, notes }) {
  const letters = Math.floor((width - 24) / LETTER_PX);
  const [above, below] = [brokenLines(title, letters), notes.flatMap((note) => brokenLines(note, letters))];
  const [head, foot] = [above, below].map((lines) => (lines.length ? lines.length * LINE_PX + 10 : 0));
  const start = -margins.l + 12;
  /** @param {string[]} lines @param {object} place */
  const words = (lines, place) => ({
    text: lines.map(escaped).join("<br>"), showarrow: false, align: "left", xref: "paper", yref: "paper",
    x: 0, xanchor: "left", xshift: start, font: { size: 12 }, ...place,
  });
  const annotations = [
    .../** @type {object[]} */ (layout.annotations ?? []),
    words(above, { y: 1, yanchor: "top", yshift: margins.t + head - 6, font: { size: 13 } }),
    words(below, { y: 0, yanchor: "bottom", yshift: -margins.b - foot + 6 }),
  ];
  return {
    data,
    width,
    height: height + head + foot,
    layout: {
      ...layout, annotations, width, height: height + head + foot, autosize: false,
      margin: { l: margins.l, r: margins.r, t: margins.t + head, b: margins.b + foot },
      font: { ...layout.font, family: "Arial, Helvetica, sans-serif" },
    },
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
 * A page that needs nothing else: the library, the numbers, and one call.
 * @param {{ data: unknown, layout: Record<string, unknown> }} figure @param {string} url @param {string} name
 */
async function saveHtml(figure, url, name) {
  const library = await (await fetch(url)).text();
  const written = JSON.stringify({ data: figure.data, layout: figure.layout }).replaceAll("<", "\\u003c");
  const start = `Plotly.newPlot("figure", figure.data, figure.layout, { displaylogo: false, plotlyServerURL: "" });`;
  const page = [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title>`,
    `<style>body { margin: 0; background: ${figure.layout.paper_bgcolor}; }</style></head>`,
    `<body><div id="figure"></div><script>`, library, `</script>`,
    `<script>const figure = ${written}; ${start}</script></body></html>`,
  ];
  saveBlob(page, "text/html", `${name}.html`);
}
