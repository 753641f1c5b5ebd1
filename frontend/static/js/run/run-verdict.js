// <run-verdict run="3">: what the run's numbers say, in one line. It is asked for together with the
// other parts of the page, and after most epochs of a fast run not at all: it is read, not watched.
import { fragment } from "../core/api.js";
import { url } from "../core/url.js";

const PACE = 4000; // ms

class RunVerdict extends HTMLElement {
  #late = false; // there is a newer line than the one that is shown

  #asked = -Infinity;

  connectedCallback() {
    for (const leaving of ["pointerleave", "focusout"]) {
      this.addEventListener(leaving, () => this.#late && this.renew());
    }
  }

  // The run's numbers or its state have changed; `often`: they will again before long.
  renew({ often = false } = {}) {
    if (often && performance.now() - this.#asked < PACE) return;
    this.#asked = performance.now();
    this.#fetch();
  }

  // A line under the pointer or the focus stays: a link must not be replaced while it is pressed.
  async #fetch() {
    const fresh = await fragment(url(`/fragments/runs/${this.getAttribute("run")}/verdict`));
    this.#late = this.matches(":hover, :focus-within");
    if (fresh && !this.#late) this.replaceChildren(fresh);
  }
}

customElements.define("run-verdict", RunVerdict);
