// The workers page: heartbeats make no events, so it renews itself every few seconds.
import { fragment } from "./api.js";

class WorkersPage extends HTMLElement {
  connectedCallback() {
    setInterval(() => !document.hidden && this.#renew(), 5000);
  }

  async #renew() {
    const fresh = (await fragment("/workers"))?.querySelector("workers-page");
    if (fresh && !this.contains(document.activeElement)) this.replaceChildren(...fresh.childNodes);
  }
}

customElements.define("workers-page", WorkersPage);
