// <run-log run="3"><button data-earlier hidden>...</button><pre></pre></run-log>: the captured log.
// Loads its end when first opened, then only what is new, and what is earlier when asked; it
// follows the end while one looks at the end.
import { ask } from "../core/bundle.js";
import { url } from "../core/url.js";
import { asShown, wholeLines } from "../pure/terminal.js";

const FIRST = 65536; // bytes of a long log that are shown at first
const EARLIER = 1 << 20; // that one answer gives at most
const PAUSE = 1000;

export class RunLog extends HTMLElement {
  #from = null; // the first byte that is shown, and the one after the last
  #next = null;
  #rest = ""; // of a line that has no end yet
  #busy = false;
  #last = 0;
  #decoder = new TextDecoder();
  #lines = document.createTextNode("");
  #line = document.createTextNode("");

  connectedCallback() {
    this.pre = this.querySelector("pre");
    this.button = this.querySelector("[data-earlier]");
    this.button?.addEventListener("click", () => this.#earlier());
    this.fold = this.closest("details");
    this.fold?.addEventListener("toggle", () => this.fold.open && this.load());
  }

  // Something happened in the run: there may be more.
  poke() {
    if (this.#next !== null && this.fold?.open && Date.now() - this.#last > PAUSE) this.load();
  }

  async load() {
    this.#last = Date.now();
    await this.#fetch(this.#next === null ? `tail=${FIRST}` : `after=${this.#next}`, ({ bytes, next }) => {
      const atEnd = this.pre.scrollHeight - this.pre.scrollTop - this.pre.clientHeight < 24;
      const first = this.#next === null;
      this.#next = next;
      if (first) this.#begin(next - bytes.length);
      this.#append(this.#decoder.decode(bytes, { stream: true }));
      if (first || atEnd) this.pre.scrollTop = this.pre.scrollHeight;
    });
  }

  #begin(from) {
    this.#from = from;
    this.pre.replaceChildren(this.#lines, this.#line);
    this.#offer();
  }

  #append(text) {
    const { shown, rest } = wholeLines(this.#rest + text);
    this.#lines.appendData(shown);
    this.#rest = rest;
    this.#line.data = asShown(rest);
    if (this.#next === 0) this.#line.data = "The log is empty so far.";
  }

  async #earlier() {
    const from = Math.max(0, this.#from - EARLIER);
    await this.#fetch(`after=${from}`, ({ bytes }) => {
      const below = this.pre.scrollHeight - this.pre.scrollTop;
      this.#lines.insertData(0, asShown(new TextDecoder().decode(bytes.subarray(0, this.#from - from))));
      this.#from = from;
      this.pre.scrollTop = this.pre.scrollHeight - below; // what one read stays where it was
      this.#offer();
    });
  }

  #offer() {
    if (this.button) this.button.hidden = this.#from === 0;
  }

  async #fetch(part, use) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const answer = await ask(url(`/api/runs/${this.getAttribute("run")}/log?${part}`));
      if (!answer.ok) return;
      use({ bytes: new Uint8Array(await answer.arrayBuffer()), next: Number(answer.headers.get("X-Log-Next")) });
    } catch {
      if (this.#next === null) this.pre.textContent = "The log could not be loaded; close and open this to try again.";
    } finally {
      this.#busy = false;
    }
  }
}

customElements.define("run-log", RunLog);
