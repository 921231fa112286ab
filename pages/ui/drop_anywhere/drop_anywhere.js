// Pictures pasted, or dropped beside the uploader, go to the uploader as if they were chosen there.

const UPLOADER = "[data-testid=stFileUploader], [data-testid=stFileUploaderDropzone]";

/** Hands files to Streamlit's own uploader, which sends them and keeps its list. */
function handOver(files, uploader) {
  const input = document.querySelector(`.st-key-${uploader} input[type=file]`);
  if (!files?.length || !input) return false;
  const basket = new DataTransfer();
  for (const file of files) basket.items.add(file);
  input.files = basket.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

const isTyping = (target) => target?.closest?.("input:not([type=file]), textarea, [contenteditable]");
const isUploader = (target) => target?.closest?.(UPLOADER);
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

export default function ({ data }) {
  const paste = (event) => {
    if (isTyping(event.target)) return;
    if (handOver(event.clipboardData?.files, data.uploader)) event.preventDefault();
  };
  const allow = (event) => {
    if (holdsFiles(event) && !isUploader(event.target)) event.preventDefault();
  };
  const drop = (event) => {
    if (!holdsFiles(event) || isUploader(event.target)) return;
    event.preventDefault(); // otherwise the browser leaves the page to show the picture
    handOver(event.dataTransfer.files, data.uploader);
  };
  const listeners = { paste, dragover: allow, drop };
  for (const [name, listen] of Object.entries(listeners)) document.addEventListener(name, listen);
  return () => {
    for (const [name, listen] of Object.entries(listeners)) {
      document.removeEventListener(name, listen);
    }
  };
}
