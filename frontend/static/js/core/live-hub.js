// The one event stream of a browser, in a SharedWorker: a browser opens six connections to a host
// over HTTP/1.1, so of seven windows with a stream each the seventh would wait for ever. Pages
// connect by live.js, which runs the hub in the page where there are no SharedWorkers.
//
// From a page: {address, run, cursor} follows a run (null: all runs) from an event on, null stops.
// To a page: {kind, id, data} of each event. `reset`: an older database was restored under the lab, so
// that what the pages show is no longer so; hidden pages hear it too.

const KINDS = ["state", "progress", "epoch"];
const MOST_RUNS = 50; // named in an address; of more the stream carries all runs
const RETRY = 4000; // ms until a stream that the server refused is tried again; doubles each time
const LONGEST = 60000;

export class LiveHub {
  #ports = new Set(); // of all pages, hidden ones too
  #pages = new Map(); // port -> {run, cursor}
  #source = null;
  #runs = null; // that the stream carries; null: all
  #seen = 0; // its last event
  #timer = 0;
  #wait = RETRY;

  constructor({ polls = false } = {}) {
    this.once = polls ? "&once=true" : ""; // the server ends each answer, the browser asks again
  }

  connect(port) {
    this.#ports.add(port);
    port.onmessage = ({ data: wish }) => {
      if (wish === null) this.#pages.delete(port);
      else {
        this.address = wish.address;
        this.#pages.set(port, { run: wish.run, cursor: wish.cursor });
        this.#wait = RETRY;
      }
      this.#follow();
    };
  }

  // Opens the stream anew where it does not carry what a page wants.
  #follow() {
    const pages = [...this.#pages.values()];
    if (!pages.length) return this.#close();
    const carried = ({ run }) => this.#runs === null || this.#runs.has(run);
    if (this.#source && pages.every((page) => carried(page) && page.cursor >= this.#seen)) return;
    this.#close();
    this.#open(pages);
  }

  #open(pages) {
    const runs = new Set(pages.map(({ run }) => run));
    this.#runs = runs.has(null) || runs.size > MOST_RUNS ? null : runs;
    this.#seen = Math.min(...pages.map(({ cursor }) => cursor));
    const only = this.#runs ? `&runs=${[...runs].join(",")}` : "";
    const source = new EventSource(`${this.address}?after=${this.#seen}${only}${this.once}`);
    this.#source = source;
    for (const kind of KINDS) source.addEventListener(kind, (event) => this.#tell(kind, event));
    source.addEventListener("reset", (event) => this.#reset(Number(event.lastEventId)));
    source.addEventListener("open", () => (this.#wait = RETRY));
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again itself
      this.#close();
      this.#timer = setTimeout(() => this.#follow(), this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST);
      this.#askWhoIAm();
    });
  }

  // Signed out, here or by an admin: the pages load anew, and the form stands in their place.
  async #askWhoIAm() {
    const { status } = await fetch(new URL("account", this.address)).catch(() => ({ status: 0 }));
    if (status === 401) this.#tellAll({ kind: "reset", id: this.#seen, data: {} });
  }

  // A stream that was opened for one page repeats what others have had.
  #tell(kind, event) {
    const id = Number(event.lastEventId);
    const data = JSON.parse(event.data);
    this.#seen = id;
    for (const [port, page] of this.#pages) {
      if (id <= page.cursor) continue;
      page.cursor = id;
      if (page.run === null || page.run === data.run_id) port.postMessage({ kind, id, data });
    }
  }

  #reset(id) {
    this.#seen = id;
    for (const page of this.#pages.values()) page.cursor = id;
    this.#tellAll({ kind: "reset", id, data: {} });
  }

  #tellAll(news) {
    for (const port of this.#ports) port.postMessage(news);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}

if ("SharedWorkerGlobalScope" in globalThis) {
  const hub = new LiveHub();
  globalThis.onconnect = ({ ports: [port] }) => hub.connect(port);
}
