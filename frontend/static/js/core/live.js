// What a page hears of runs. All pages of a browser share one stream (live-hub.js); a hidden page,
// unless it listens in the background, leaves it and continues from the last event that it has seen, so nothing is missed.
import { LiveHub } from "./live-hub.js";

const PACE = 500; // ms between two changes of the page, however fast the news

const hub = new URL("./live-hub.js", import.meta.url);

export class LiveStream {
  #port = null;
  #news = []; // {kind, data} that the page does not show yet
  #due = false;
  #last = -Infinity;

  // handlers: {state, progress, epoch}, each called with an event, in their order and within one
  // frame, at most twice per second; then `shown`, with the last epoch's event where there was one.
  // run: the one whose events are wanted, null: all runs'. background: a hidden page listens, too, and
  // hears at once.
  constructor(address, cursor, handlers, run = null, { background = false } = {}) {
    Object.assign(this, { address: new URL(address, location).href, cursor, handlers, run, background });
    this.onVisibility = () => (document.hidden && !background ? this.#leave() : this.#join());
    document.addEventListener("visibilitychange", this.onVisibility);
    window.addEventListener("pagehide", () => this.#leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.onVisibility());
    this.onVisibility();
  }

  stop() {
    this.#leave();
    document.removeEventListener("visibilitychange", this.onVisibility);
  }

  #join() {
    this.#port ??= this.#connected();
    this.#port.postMessage({ address: this.address, run: this.run, cursor: this.cursor });
  }

  #leave() {
    this.#port?.postMessage(null);
  }

  #connected() {
    if (!("SharedWorker" in window)) return this.#own();
    const worker = new SharedWorker(hub, { type: "module", name: "ols-live" });
    worker.addEventListener("error", () => {
      this.#port = this.#own();
      this.onVisibility();
    }, { once: true });
    return this.#heard(worker.port);
  }

  // A browser without shared workers has a hub in each page. It polls: with a stream in each of them
  // the seventh window would wait for ever.
  #own() {
    const { port1, port2 } = new MessageChannel();
    new LiveHub({ polls: true }).connect(port1);
    return this.#heard(port2);
  }

  #heard(port) {
    port.onmessage = ({ data: { kind, id, data } }) => {
      if (kind === "reset") return location.reload();
      if (id <= this.cursor) return; // it came while this page left and joined again
      this.cursor = id;
      this.#news.push({ kind, data });
      if (this.background) this.#show(); // a hidden page draws nothing, and its timers are slow
      else this.#soon();
    };
    return port;
  }

  // A quiet page shows what comes at once.
  #soon() {
    if (this.#due) return;
    this.#due = true;
    const pause = Math.max(0, this.#last + PACE - performance.now());
    setTimeout(() => requestAnimationFrame(() => this.#show()), pause);
  }

  #show() {
    this.#due = false;
    this.#last = performance.now();
    const news = this.#news.splice(0);
    for (const { kind, data } of news) this.handlers[kind]?.(data);
    const epoch = news.findLast(({ kind }) => kind === "epoch");
    if (epoch) this.handlers.shown?.(epoch.data);
  }
}
