// <run-verdict run="3">: what the run's numbers say, in one line. Asked for anew while they change, at
// most every few seconds: it is read, not watched.
import { fragment } from "../core/api.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

const PACE = 4000; // ms

class RunVerdict extends HTMLElement {
  #late = false; // there is a newer line than the one that is shown

  connectedCallback() {
    this.renew = renewing(() => this.#fetch(), PACE);
    for (const leaving of ["pointerleave", "focusout"]) {
      this.addEventListener(leaving, () => this.#late && this.renew());
    }
  }

  // A line under the pointer or the focus stays: a link must not be replaced while it is pressed.
  async #fetch() {
    const fresh = await fragment(url(`/fragments/runs/${this.getAttribute("run")}/verdict`));
    this.#late = this.matches(":hover, :focus-within");
    if (fresh && !this.#late) this.replaceChildren(fresh);
  }
}

customElements.define("run-verdict", RunVerdict);
