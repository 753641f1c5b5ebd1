// The notifications page: <browser-notices>, the browser's own switch, and <notify-test>, which sends
// every address a message.
import { request } from "../core/api.js";
import { isBlocked, isOn, possible, switchOff, switchOn } from "../core/browser-notices.js";
import { url } from "../core/url.js";

const OFF = "Notify me in this browser";
const BLOCKED = "The browser blocks notifications of this page; allow them in its settings for this site.";

class BrowserNotices extends HTMLElement {
  connectedCallback() {
    [this.button, this.note] = this.children;
    this.button.hidden = !possible();
    if (!possible()) this.note.textContent = "This browser shows notifications only of pages that come by https or from this machine.";
    this.button.addEventListener("click", () => this.#toggle());
    this.#show();
  }

  async #toggle() {
    const allowed = isOn() ? switchOff() : await switchOn();
    this.#show(allowed === false);
  }

  async #show(refused = false) {
    this.button.setAttribute("aria-pressed", String(isOn()));
    this.button.textContent = isOn() ? "Stop notifying me in this browser" : OFF;
    if (possible()) this.note.textContent = refused || (isOn() && (await isBlocked())) ? BLOCKED : "";
  }
}

class NotifyTest extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.results = this.querySelector("[role=status]");
    this.button.addEventListener("click", () => this.#send());
    this.button.hidden = false; // now a press does something
  }

  async #send() {
    this.button.disabled = true;
    this.#say(["Sending …"]);
    try {
      const { results } = await request("POST", url("/api/notifications/test"));
      this.#say(results.map(({ name, error }) => `${name}: ${error ?? "sent"}`));
    } catch (error) {
      this.#say([error.message]);
    }
    this.button.disabled = false;
  }

  #say(lines) {
    const texts = lines.map((line) => Object.assign(document.createElement("p"), { textContent: line }));
    this.results.replaceChildren(...texts);
  }
}

customElements.define("browser-notices", BrowserNotices);
customElements.define("notify-test", NotifyTest);
