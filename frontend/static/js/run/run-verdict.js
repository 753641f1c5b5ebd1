// <run-verdict run="3">: what the run's numbers say, in one line. It is asked for together with the
// other parts of the page, and after most epochs of a fast run not at all: it is read, not watched.
import { fragment } from "../core/api.js";
import { patch } from "../core/patch.js";
import { url } from "../core/url.js";

const PACE = 4000; // ms

class RunVerdict extends HTMLElement {
  #asked = -Infinity;

  // The run's numbers or its state have changed; `often`: they will again before long.
  renew({ often = false } = {}) {
    if (often && performance.now() - this.#asked < PACE) return;
    this.#asked = performance.now();
    this.#fetch();
  }

  async #fetch() {
    const fresh = await fragment(url(`/fragments/runs/${this.getAttribute("run")}/verdict`));
    if (fresh) patch(this, fresh.childNodes);
  }
}

customElements.define("run-verdict", RunVerdict);
