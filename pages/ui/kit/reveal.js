// Brings up what a press has opened elsewhere on the page.

const LOW_SHARE = 0.6;
const REVEAL_MS = 4000;

/**
 * Scrolls to what comes when the page has run, again while what stands below it comes.
 * @param {string} anchor a heading's anchor, or the key of a part of the page
 */
function reveal(anchor, deadline = Date.now() + REVEAL_MS) {
  const found = document.getElementById(anchor) ?? document.querySelector(`.st-key-${CSS.escape(anchor)}`);
  const isLow = found && found.getBoundingClientRect().top > LOW_SHARE * window.innerHeight;
  if (isLow) found.scrollIntoView({ behavior: "smooth", block: "center" });
  if ((isLow || !found) && Date.now() < deadline) setTimeout(() => reveal(anchor, deadline), 500);
}
