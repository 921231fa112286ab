// Notes whether the browser has asked Streamlit's server for a run of the page's script that has not
// begun, and whether one is going: neither is seen on the page for as long as the machine is busy.
// The messages are protocol buffers: BackMsg and ForwardMsg of Streamlit 1.67.
(() => {
  const RERUN_SCRIPT = 0x5a; // tag of BackMsg.rerun_script; the first byte, as a BackMsg has one field
  const FILE_URLS_REQUEST = 0x82; // first byte of the tag of BackMsg.file_urls_request: an upload begins
  const NEW_SESSION = 0x22; // tags of ForwardMsg.new_session and script_finished: a run's begin and end,
  const SCRIPT_FINISHED = 0x30; // which stand behind the hash and the metadata
  const HASH_AND_METADATA = [0x0a, 0x12];
  const EARLY_FOR_RERUN = 2; // the next run begins at once

  const talk = { isAsked: false, isRunning: false };
  Object.assign(window, { labTalk: talk });

  /** Place of a message's kind. @param {Uint8Array} bytes */
  function placeOfKind(bytes) {
    let place = 0;
    while (HASH_AND_METADATA.includes(bytes[place])) {
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        length |= (bytes[++place] & 0x7f) << shift;
        if (!(bytes[place] & 0x80)) break;
      }
      place += 1 + length;
    }
    return place;
  }

  /** @param {Uint8Array} bytes */
  function hear(bytes) {
    const place = placeOfKind(bytes);
    if (bytes[place] === NEW_SESSION) Object.assign(talk, { isAsked: false, isRunning: true });
    if (bytes[place] === SCRIPT_FINISHED) talk.isRunning = bytes[place + 1] === EARLY_FOR_RERUN;
  }

  window.WebSocket = class extends WebSocket {
    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => {
        if (data instanceof ArrayBuffer) hear(new Uint8Array(data));
      });
    }

    /** @param {Parameters<WebSocket["send"]>[0]} data */
    send(data) {
      talk.isAsked ||= data instanceof Uint8Array && [RERUN_SCRIPT, FILE_URLS_REQUEST].includes(data[0]);
      super.send(data);
    }
  };
})();
