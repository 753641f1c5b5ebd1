// <run-attempts run="3">: which workers trained the run, and how that ended; fetched again when its
// state changes.
import { fragment } from "../core/api.js";
import { patch } from "../core/patch.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

export class RunAttempts extends HTMLElement {
  connectedCallback() {
    this.renew = renewing(async () => {
      const fresh = await fragment(url(`/fragments/runs/${this.getAttribute("run")}/attempts`));
      if (!fresh) return;
      patch(this, fresh.childNodes);
    });
  }
}

customElements.define("run-attempts", RunAttempts);
