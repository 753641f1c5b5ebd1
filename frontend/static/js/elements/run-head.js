// <run-head run="3" state="running">: the run page's head, rendered by the server. Progress is
// written in place; what changes its parts (a state, an epoch) fetches it anew.
import { fragment } from "../api.js";
import { progressNote, progressShare } from "../pure/format.js";
import { renewing } from "../renew.js";

export class RunHead extends HTMLElement {
  connectedCallback() {
    this.renew = renewing(() => this.#fetch());
  }

  get state() {
    return this.querySelector('[data-testid="run-state"]')?.dataset.state ?? this.getAttribute("state");
  }

  showProgress(progress) {
    if (this.state !== "running") return;
    const note = this.querySelector('[data-live="note"]');
    if (!note.textContent.includes("…")) note.textContent = progressNote(progress);
    const share = `${(100 * progressShare(progress)).toFixed(1)}%`;
    const bar = this.querySelector(".bar");
    bar.firstElementChild.style.width = share;
    bar.setAttribute("aria-valuenow", Number.parseFloat(share));
  }

  async #fetch() {
    const fresh = await fragment(`/fragments/runs/${this.getAttribute("run")}/head`);
    if (!fresh) return;
    const focused = this.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    this.replaceChildren(fresh);
    if (focused) this.querySelector(`[data-action="${focused}"]`)?.focus();
    this.dispatchEvent(new CustomEvent("headrenewed", { bubbles: true }));
  }
}

customElements.define("run-head", RunHead);
