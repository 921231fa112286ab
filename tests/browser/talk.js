// Notes when the browser last asked Streamlit's server for a run of the page's script, and when it was
// last told that one has ended: what lies between is not seen on the page when the server is busy.
// The messages are protocol buffers: BackMsg and ForwardMsg of Streamlit 1.67.
(() => {
  const RERUN_SCRIPT = 0x5a; // tag of BackMsg.rerun_script; the first byte, as a BackMsg has one field
  const FILE_URLS_REQUEST = 0x82; // first byte of the tag of BackMsg.file_urls_request: an upload begins
  const SCRIPT_FINISHED = 0x30; // tag of ForwardMsg.script_finished, which follows hash and metadata
  const HASH_AND_METADATA = [0x0a, 0x12];
  const EARLY_FOR_RERUN = 2; // the next run has been begun

  const talk = { asked: 0, answered: 0 };
  Object.assign(window, { labTalk: talk });

  /** Whether a message of the server says that a run has ended. @param {Uint8Array} bytes */
  function tellsTheEnd(bytes) {
    let place = 0;
    while (HASH_AND_METADATA.includes(bytes[place])) {
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        length |= (bytes[++place] & 0x7f) << shift;
        if (!(bytes[place] & 0x80)) break;
      }
      place += 1 + length;
    }
    return bytes[place] === SCRIPT_FINISHED && bytes[place + 1] !== EARLY_FOR_RERUN;
  }

  window.WebSocket = class extends WebSocket {
    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => {
        if (data instanceof ArrayBuffer && tellsTheEnd(new Uint8Array(data))) talk.answered = performance.now();
      });
    }

    /** @param {Parameters<WebSocket["send"]>[0]} data */
    send(data) {
      if (data instanceof Uint8Array && [RERUN_SCRIPT, FILE_URLS_REQUEST].includes(data[0])) talk.asked = performance.now();
      super.send(data);
    }
  };
})();
