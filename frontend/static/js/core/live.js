// One stream of server-sent events per page. It is closed while the tab is hidden (a browser opens
// six connections to a host) and continues from the last event seen, so nothing is missed.

const KINDS = ["state", "progress", "epoch"];
const RETRY = 4000; // ms until a stream that the server refused is tried again; doubles each time
const LONGEST = 60000;

export class LiveStream {
  #source = null;
  #over = false;
  #timer = 0;
  #wait = RETRY;

  // handlers: {state, progress, epoch, end, open, lost}
  constructor(path, cursor, handlers) {
    this.path = path;
    this.cursor = cursor;
    this.handlers = handlers;
    this.onVisibility = () => (document.hidden ? this.#close() : this.#open());
    document.addEventListener("visibilitychange", this.onVisibility);
    window.addEventListener("pagehide", () => this.#close());
    window.addEventListener("pageshow", (event) => event.persisted && this.#open());
    this.onVisibility();
  }

  stop() {
    this.#over = true;
    this.#close();
    document.removeEventListener("visibilitychange", this.onVisibility);
  }

  // A run that had ended runs again: its stream is worth following again, from where it was or afresh.
  resume({ afresh = false } = {}) {
    if (afresh) this.cursor = null;
    this.#over = false;
    this.#wait = RETRY;
    document.addEventListener("visibilitychange", this.onVisibility);
    this.onVisibility();
  }

  get over() {
    return this.#over;
  }

  #open() {
    clearTimeout(this.#timer);
    if (this.#source || this.#over || document.hidden) return;
    const after = this.cursor === null ? "" : `?after=${this.cursor}`; // none: from now
    const source = new EventSource(this.path + after);
    this.#source = source;
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        this.#seen(event);
        this.handlers[kind]?.(JSON.parse(event.data));
      });
    }
    source.addEventListener("open", () => {
      this.#wait = RETRY;
      this.handlers.open?.();
    });
    source.addEventListener("end", (event) => {
      this.#seen(event);
      this.stop();
      this.handlers.end?.(JSON.parse(event.data));
    });
    source.addEventListener("reset", () => location.reload()); // an older database was restored
    source.addEventListener("error", () => {
      this.handlers.lost?.();
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again itself
      this.#close();
      this.#timer = setTimeout(() => this.#open(), this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST);
    });
  }

  #seen(event) {
    const id = Number(event.lastEventId);
    if (id > this.cursor) this.cursor = id;
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}
