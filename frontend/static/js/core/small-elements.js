// Small elements of every page: <theme-switch>, <queue-state>, <live-age>, <relative-time>,
// <copy-code>, <filter-form>, <nav-menu>. Each enhances what the server rendered.
import { fragment } from "./api.js";
import { closeByItself } from "./closing-details.js";
import { ago } from "../pure/format.js";
import { patch } from "./patch.js";
import { renewing } from "./renew.js";
import { setTheme } from "./theme.js";
import { url } from "./url.js";

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    const select = this.querySelector("select");
    select.value = document.documentElement.dataset.theme ?? "auto";
    select.addEventListener("change", () => setTheme(select.value));
  }
}

// Workers come and go without an event of a run, so the bar also looks now and then; more often
// while the queue stands still and somebody waits for the worker that was just started.
// Event `queuechanged` on document when it says something else.
class QueueState extends HTMLElement {
  connectedCallback() {
    this.banner = document.querySelector("queue-banner");
    this.renew = renewing(() => this.#fetch());
    document.addEventListener("runschanged", this.renew);
    document.addEventListener("runaction", this.renew);
    this.#look();
  }

  #look() {
    setTimeout(async () => {
      if (!document.hidden) await this.renew();
      this.#look();
    }, this.banner?.querySelector(".banner") ? 2500 : 10_000);
  }

  async #fetch() {
    const fresh = await fragment(url("/fragments/queue"));
    if (!fresh) return;
    const changed = replace(this, fresh.querySelector('[data-part="state"]'));
    replace(this.banner, fresh.querySelector('[data-part="banner"]'));
    if (changed) document.dispatchEvent(new CustomEvent("queuechanged"));
  }
}

// What says the same stays: somebody may be about to copy the command.
function replace(place, fresh) {
  if (!place || wording(fresh) === wording(place)) return false;
  patch(place, fresh.childNodes);
  return true;
}

const wording = (element) => {
  const copy = element.cloneNode(true);
  for (const button of copy.querySelectorAll("copy-code button")) button.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
};

// Seconds since a worker's last word, counted on from the server's own figure: clocks may differ.
class LiveAge extends HTMLElement {
  connectedCallback() {
    this.#show(Number(this.getAttribute("seconds")));
    this.timer = setInterval(() => this.#show(), 1000);
  }

  patched(fresh) {
    this.#show(Number(fresh.getAttribute("seconds")));
  }

  #show(seconds = null) {
    if (seconds !== null) this.from = performance.now() - 1000 * seconds;
    this.textContent = `${Math.round((performance.now() - this.from) / 1000)} s ago`;
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}

class NavMenu extends HTMLElement {
  connectedCallback() {
    closeByItself(this.querySelector("details"));
  }
}

class RelativeTime extends HTMLElement {
  connectedCallback() {
    this.#show();
    this.timer = setInterval(() => this.#show(), 30_000);
  }

  patched(fresh) {
    this.querySelector("time").dateTime = fresh.querySelector("time").dateTime;
    this.#show();
  }

  #show() {
    const time = this.querySelector("time");
    time.title = new Date(time.dateTime).toLocaleString();
    time.textContent = ago(time.dateTime);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}

class CopyCode extends HTMLElement {
  connectedCallback() {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = this.querySelector("code").textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        // Browsers refuse the clipboard on plain http to another host: select it instead.
        getSelection().selectAllChildren(this.querySelector("code"));
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = "Copy"), 1600);
    });
    this.append(button);
  }

  patched(fresh) {
    const [code, now] = [this, fresh].map((element) => element.querySelector("code"));
    if (code.textContent !== now.textContent) code.textContent = now.textContent; // it may be selected
  }
}

class FilterForm extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    // Empty fields stay out of the address.
    form.addEventListener("formdata", ({ formData }) => {
      const entries = [...formData];
      for (const [name] of entries) formData.delete(name); // all of that name, so the others come back
      for (const [name, value] of entries) if (value !== "") formData.append(name, value);
    });
    // Fields of the form may stand elsewhere, in a menu.
    document.addEventListener("change", ({ target }) => target.form === form && form.requestSubmit());
  }
}

customElements.define("theme-switch", ThemeSwitch);
customElements.define("queue-state", QueueState);
customElements.define("live-age", LiveAge);
customElements.define("nav-menu", NavMenu);
customElements.define("relative-time", RelativeTime);
customElements.define("copy-code", CopyCode);
customElements.define("filter-form", FilterForm);
