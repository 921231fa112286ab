// Rows of small pictures, cut from one sheet a row and enlarged without smoothing.

const EXACT_PX = 64; // pictures up to this side are cells to count; larger ones are for the eye
const ARROWS = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"];

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
 * Where a picture stands on its row's sheet, as a background is moved to show it.
 * @param {TileRow} row @param {number} index
 */
function placeOnSheet(row, index) {
  /** @param {number} place @param {number} count */
  const share = (place, count) => (count > 1 ? (100 * place) / (count - 1) : 0);
  const column = index % row.columns;
  const line = Math.floor(index / row.columns);
  return `${share(column, row.columns)}% ${share(line, row.rows)}%`;
}

/**
 * Shows one picture of a sheet: the sheet is the background, moved and scaled to it.
 * @param {TileRow} row @param {number} index @param {TilesData} data
 */
function drawPicture(row, index, data) {
  const picture = make("span", "rl-picture");
  picture.style.width = data.fill ? "100%" : `${data.tile_px}px`;
  picture.style.aspectRatio = `${row.width} / ${row.height}`;
  picture.style.backgroundImage = `url("${row.sheet}")`;
  picture.style.backgroundSize = `${100 * row.columns}% ${100 * row.rows}%`;
  picture.style.backgroundPosition = placeOnSheet(row, index);
  picture.style.imageRendering = row.width <= EXACT_PX ? "pixelated" : "auto";
  return picture;
}

/**
 * Which of the boxes a key leads to from another; itself where there is none that way.
 * @param {string} key @param {number} from @param {TileBox[]} boxes in reading order
 */
function nextPlace(key, from, boxes) {
  const { top, left } = boxes[from];
  const last = boxes.length - 1;
  if (key === "ArrowRight") return Math.min(from + 1, last);
  if (key === "ArrowLeft") return Math.max(from - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return last;
  // The nearest of the next line in that direction; places on one line differ by parts of a pixel.
  const ways = boxes.map((box) => (key === "ArrowDown" ? box.top - top : top - box.top));
  const line = Math.min(...ways.filter((way) => way > 2));
  const places = boxes.map((_, place) => place).filter((place) => Math.abs(ways[place] - line) < 2);
  const aside = (/** @type {number} */ place) => Math.abs(boxes[place].left - left);
  return places.sort((one, other) => aside(one) - aside(other))[0] ?? from;
}

/**
 * Makes all that can be pressed one stop of the Tab key, within which arrows move.
 * @param {HTMLElement} root @param {string[]} selected
 */
function moveByArrows(root, selected) {
  const buttons = [...root.querySelectorAll("button")];
  const chosen = buttons.find((button) => selected.includes(button.dataset.name ?? "")) ?? buttons[0];
  const stopAt = (/** @type {HTMLElement} */ stop) => {
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  };
  for (const button of buttons) button.onfocus = () => stopAt(button);
  if (chosen) stopAt(chosen);
  root.onkeydown = (event) => {
    const from = buttons.findIndex((button) => button === event.target);
    if (from < 0 || !ARROWS.includes(event.key)) return;
    event.preventDefault();
    buttons[nextPlace(event.key, from, buttons.map((button) => button.getBoundingClientRect()))].focus();
  };
}

/** What a screen reader says: the words that are seen have to be among them. @param {string} label @param {string} caption */
function accessibleName(label, caption) {
  return label.includes(caption) ? label : `${caption}: ${label}`;
}

/** @param {TileRow} row @param {number} index @param {TilesData} data @param {(name: string) => void} press */
function drawTile(row, index, data, press) {
  const [name, label, caption] = row.tiles[index];
  const tile = make(data.can_press ? "button" : "span", "rl-tile");
  tile.title = label;
  tile.dataset.name = name;
  tile.setAttribute("aria-label", accessibleName(label, caption));
  if (tile instanceof HTMLButtonElement) {
    tile.type = "button";
    tile.setAttribute("aria-pressed", String(data.selected.includes(name)));
    tile.onclick = () => {
      press(name);
      if (data.reveals) reveal(data.reveals);
    };
  } else {
    tile.setAttribute("role", "img");
  }
  if (data.selected.includes(name)) tile.classList.add("rl-selected");
  tile.append(drawPicture(row, index, data));
  if (caption) {
    const text = make("span", "rl-caption", caption);
    if (!data.fill) text.style.width = `${data.tile_px}px`;
    tile.append(text);
  }
  return tile;
}

/** @param {TileRow} row @param {TilesData} data @param {(name: string) => void} press */
function drawHeading(row, data, press) {
  const canPress = data.can_press && row.name;
  const heading = make(canPress ? "button" : "div", "rl-heading");
  heading.append(make("span", "rl-title", row.title));
  for (const note of row.notes) heading.append(make("span", "rl-note", note));
  if (heading instanceof HTMLButtonElement) {
    heading.type = "button";
    heading.dataset.name = row.name;
    heading.onclick = () => press(row.name);
  }
  if (data.selected.includes(row.name)) heading.classList.add("rl-selected");
  return heading;
}

/** @param {TileRow} row @param {TilesData} data @param {(name: string) => void} press */
function drawRow(row, data, press) {
  const element = make("div", "rl-row");
  if (row.title) element.append(drawHeading(row, data, press));
  const tiles = make("div", "rl-strip");
  if (data.fill) {
    const columns = Math.max(...data.rows.map((other) => other.columns));
    tiles.classList.add("rl-fill");
    tiles.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${data.tile_px}px))`;
  }
  row.tiles.forEach((_, index) => tiles.append(drawTile(row, index, data, press)));
  element.append(tiles);
  return element;
}

/**
 * Draws everything anew, and gives the keyboard back the place that it was at.
 * @param {Component<TilesData>} component
 */
export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".rl-tiles"));
  const { activeElement } = parentElement;
  const focused = activeElement instanceof HTMLElement ? activeElement.dataset.name : undefined;
  /** @param {string} name */
  const press = (name) => setTriggerValue("pressed", name);
  root.replaceChildren(...data.rows.map((row) => drawRow(row, data, press)));
  moveByArrows(root, data.selected);
  root.dataset.bytes = String(data.rows.reduce((total, row) => total + row.sheet.length, 0));
  if (!focused) return;
  /** @type {HTMLElement | null} */
  const tile = root.querySelector(`[data-name="${CSS.escape(focused)}"]`);
  tile?.focus({ preventScroll: true });
}
