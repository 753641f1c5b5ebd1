// <run-log run="3"><pre></pre></run-log>: the captured log. Loads when first opened, then fetches
// only what is new; it follows the end while one looks at the end.
import { ask } from "../core/bundle.js";
import { url } from "../core/url.js";

const FIRST = 65536; // bytes of a long log that are shown at first
const PAUSE = 1000;

export class RunLog extends HTMLElement {
  #next = null;
  #busy = false;
  #last = 0;

  connectedCallback() {
    this.pre = this.querySelector("pre");
    this.fold = this.closest("details");
    this.fold?.addEventListener("toggle", () => this.fold.open && this.load());
  }

  // Something happened in the run: there may be more.
  poke() {
    if (this.#next !== null && this.fold?.open && Date.now() - this.#last > PAUSE) this.load();
  }

  async load() {
    if (this.#busy) return;
    this.#busy = true;
    this.#last = Date.now();
    const first = this.#next === null;
    try {
      const answer = await ask(url(`/api/runs/${this.getAttribute("run")}/log?${first ? `tail=${FIRST}` : `after=${this.#next}`}`));
      if (!answer.ok) return;
      const text = await answer.text();
      const atEnd = this.pre.scrollHeight - this.pre.scrollTop - this.pre.clientHeight < 24;
      this.#next = Number(answer.headers.get("X-Log-Next"));
      if (first) this.pre.textContent = text || "The log is empty so far.";
      else if (text) this.pre.append(text);
      if (first || atEnd) this.pre.scrollTop = this.pre.scrollHeight;
    } catch {
      if (first) this.pre.textContent = "The log could not be loaded; close and open this to try again.";
    } finally {
      this.#busy = false;
    }
  }
}

customElements.define("run-log", RunLog);
