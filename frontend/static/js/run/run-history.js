// <run-history run="3" part="attempts">: which workers trained the run and how that ended, or with
// part="changes" who changed what of it; fetched again when its state changes.
import { fragment } from "../core/api.js";
import { patch } from "../core/patch.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

export class RunHistory extends HTMLElement {
  connectedCallback() {
    this.renew = renewing(async () => {
      const fresh = await fragment(url(`/fragments/runs/${this.getAttribute("run")}/${this.getAttribute("part")}`));
      if (!fresh) return;
      patch(this, fresh.childNodes);
    });
  }
}

customElements.define("run-history", RunHistory);
