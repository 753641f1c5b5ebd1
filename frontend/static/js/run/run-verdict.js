// <run-verdict run="3">: what the run's numbers say, in one line.
import { fragment } from "../core/api.js";
import { patch } from "../core/patch.js";
import { seldom } from "../core/renew.js";
import { url } from "../core/url.js";

class RunVerdict extends HTMLElement {
  showEpoch = seldom(() => this.renew());

  async renew() {
    const fresh = await fragment(url(`/fragments/runs/${this.getAttribute("run")}/verdict`));
    if (fresh) patch(this, fresh.childNodes);
  }
}

customElements.define("run-verdict", RunVerdict);
