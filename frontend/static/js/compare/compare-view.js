// <compare-view live> selects of the form #view-form, <section data-part="..."> charts ... </compare-view>
// The address is the state: a choice goes into it, and the pictures of that address are fetched.
// A select with `data-reload` asks for the whole page.
// Markup: frontend/templates/_compare_view.html. `live`: a new epoch extends the curves as they
// stand; without it they are fetched again. CustomEvent `chartschanged` when other charts stand there.
import { fragment } from "../core/api.js";
import { patchNode } from "../core/patch.js";
import { renewing } from "../core/renew.js";
import { flushUrl, readUrl } from "../core/url-state.js";
import { url } from "../core/url.js";

const EPOCHS_APART = 3000; // milliseconds between two fetches while runs train

export class CompareView extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", ({ target }) => {
      if (target.form !== this.form) return;
      if (target.hasAttribute("data-reload")) return this.#goTo(target);
      this.choose(target.name, target.value);
    });
    this.addEventListener("groupchange", ({ detail }) => this.write("metric", detail.group));
    this.renewLater = renewing(() => this.#renew(), EPOCHS_APART);
  }

  get curves() {
    return [...this.querySelectorAll('[data-part="curves"] metric-chart:not([plain])')];
  }

  get form() {
    return this.querySelector("#view-form");
  }

  async choose(name, value) {
    this.write(name, value);
    this.setAttribute("aria-busy", "true");
    await this.#renew();
    this.removeAttribute("aria-busy");
  }

  addEpoch(run, epoch, metrics) {
    if (!this.hasAttribute("live")) return this.renewLater();
    for (const chart of this.curves) chart.extend(run, epoch, metrics);
  }

  write(name, value) {
    if (readUrl(name) === value) return;
    const address = new URL(location.href);
    address.searchParams.set(name, value);
    history.replaceState(history.state, "", address);
  }

  // What the page as a whole is made of.
  #goTo({ name, value }) {
    flushUrl();
    this.write(name, value);
    location.reload();
  }

  // Only the newest address is shown, however fast the choices follow each other.
  async #renew() {
    const asked = location.search;
    const fresh = await fragment(url(`/fragments/compare/view${asked}`));
    if (!fresh || asked !== location.search) return;
    this.toggleAttribute("live", fresh.querySelector('[data-part="curves"]').hasAttribute("data-live-curves"));
    for (const part of this.querySelectorAll("[data-part]")) {
      patchNode(part, fresh.querySelector(`[data-part="${part.dataset.part}"]`));
    }
    this.dispatchEvent(new CustomEvent("chartschanged"));
  }
}

customElements.define("compare-view", CompareView);
