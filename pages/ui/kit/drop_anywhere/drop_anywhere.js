// Pictures pasted, or dropped beside the uploader, go to the uploader as if they were chosen there.

const UPLOADER = "[data-testid=stFileUploader], [data-testid=stFileUploaderDropzone]";

/**
 * Hands files to Streamlit's own uploader, which sends them and keeps its list.
 * @param {FileList | undefined} files @param {string} uploader
 */
function handOver(files, uploader) {
  /** @type {HTMLInputElement | null} */
  const input = document.querySelector(`.st-key-${uploader} input[type=file]`);
  if (!files?.length || !input) return false;
  const basket = new DataTransfer();
  for (const file of files) basket.items.add(file);
  input.files = basket.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

/** @param {EventTarget | null} target @param {string} selector */
const isInside = (target, selector) => target instanceof Element && target.closest(selector) !== null;

/** @param {Event} event */
const isTyping = ({ target }) => isInside(target, "input:not([type=file]), textarea, [contenteditable]");
/** @param {Event} event */
const isUploader = ({ target }) => isInside(target, UPLOADER);

/** @param {DragEvent} event */
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

/** @param {Component<{ uploader: string }>} component */
export default function ({ data }) {
  /** @param {ClipboardEvent} event */
  const paste = (event) => {
    if (isTyping(event)) return;
    if (handOver(event.clipboardData?.files, data.uploader)) event.preventDefault();
  };
  /** @param {DragEvent} event */
  const allow = (event) => {
    if (holdsFiles(event) && !isUploader(event)) event.preventDefault();
  };
  /** @param {DragEvent} event */
  const drop = (event) => {
    if (!holdsFiles(event) || isUploader(event)) return;
    event.preventDefault(); // otherwise the browser leaves the page to show the picture
    handOver(event.dataTransfer?.files, data.uploader);
  };
  document.addEventListener("paste", paste);
  document.addEventListener("dragover", allow);
  document.addEventListener("drop", drop);
  return () => {
    document.removeEventListener("paste", paste);
    document.removeEventListener("dragover", allow);
    document.removeEventListener("drop", drop);
  };
}
