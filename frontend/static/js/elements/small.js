// Small elements of every page: <theme-switch>, <queue-state>, <relative-time>, <copy-code>,
// <filter-form>. Each enhances what the server rendered.
import { fragment } from "../api.js";
import { ago } from "../pure/format.js";
import { renewing } from "../renew.js";
import { setTheme } from "../theme.js";

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    const select = this.querySelector("select");
    select.value = document.documentElement.dataset.theme ?? "auto";
    select.addEventListener("change", () => setTheme(select.value));
  }
}

// Workers come and go without an event of a run, so the bar also looks now and then.
class QueueState extends HTMLElement {
  connectedCallback() {
    this.renew = renewing(async () => {
      const fresh = await fragment("/fragments/queue");
      if (fresh && fresh.textContent.trim() !== this.textContent.trim()) this.replaceChildren(fresh);
    });
    document.addEventListener("runschanged", this.renew);
    document.addEventListener("runaction", this.renew);
    setInterval(() => !document.hidden && this.renew(), 10_000);
  }
}

class RelativeTime extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    time.title = new Date(time.dateTime).toLocaleString();
    const show = () => (time.textContent = ago(time.dateTime));
    show();
    this.timer = setInterval(show, 30_000);
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
}

class FilterForm extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    // Empty fields stay out of the address.
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
    });
    form.addEventListener("change", () => form.requestSubmit());
  }
}

customElements.define("theme-switch", ThemeSwitch);
customElements.define("queue-state", QueueState);
customElements.define("relative-time", RelativeTime);
customElements.define("copy-code", CopyCode);
customElements.define("filter-form", FilterForm);
