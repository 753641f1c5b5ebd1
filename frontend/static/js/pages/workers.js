// The workers page: heartbeats make no events, so its cards are fetched anew every few seconds.
import { fragment, request } from "../core/api.js";
import { toast } from "../core/toast-stack.js";
import { patch } from "../core/patch.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

const PACE = 2500; // ms; a heartbeat comes every five seconds

class WorkersPage extends HTMLElement {
  connectedCallback() {
    this.renew = renewing(() => this.#fetch());
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-worker-action]");
      if (button) this.#ask(button.dataset.workerAction, button.dataset.worker);
    });
    setInterval(() => !document.hidden && this.renew(), PACE);
  }

  card(name) {
    return [...this.querySelectorAll("[data-worker].worker")].find((card) => card.dataset.worker === name);
  }

  // Drain or undrain: the card says so at once.
  async #ask(action, name) {
    const pill = this.card(name).querySelector(".pill");
    pill.textContent = action === "drain" ? "draining" : "online";
    pill.className = `pill pill-${pill.textContent}`;
    try {
      await request("POST", url(`/api/workers/${encodeURIComponent(name)}/${action}`));
      const undo = action === "drain" ? "undrain" : "drain";
      const words = action === "drain" ? `${name} starts no new runs.` : `${name} starts runs again.`;
      toast(words, { action: "Undo", onAction: () => this.#ask(undo, name) });
    } catch (error) {
      toast(error.message, { error: true });
    }
    document.dispatchEvent(new CustomEvent("runschanged")); // the bar counts the workers
    this.renew();
  }

  async #fetch() {
    const fresh = await fragment(url("/fragments/workers"));
    if (!fresh) return;
    patch(this, fresh.childNodes);
  }
}

customElements.define("workers-page", WorkersPage);
