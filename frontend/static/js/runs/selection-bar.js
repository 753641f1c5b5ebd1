// <selection-bar hidden>: what can be done with the chosen runs. Each button counts the chosen runs
// that its action fits, and is disabled when it fits none.
// Events: `clear` when the choice is to be given up, `matching` when all that match are to be chosen.
import { url } from "../core/url.js";

const MOST_COMPARED = 50;
const MOST_NAMED = 2000; // in an address; the links above the table take all that match

export class SelectionBar extends HTMLElement {
  connectedCallback() {
    this.hidden = true;
    this.querySelector('[data-control="clear"]').addEventListener("click", () => this.dispatchEvent(new Event("clear")));
    this.querySelector('[data-control="matching"]').addEventListener("click", () => this.dispatchEvent(new Event("matching")));
    this.querySelector('[data-control="unfold"]')?.addEventListener("click", (event) => {
      const open = this.toggleAttribute("open");
      event.currentTarget.setAttribute("aria-expanded", String(open));
    });
    this.compare = this.querySelector('[data-testid="compare-button"]');
    this.compare.form.addEventListener("submit", (event) => {
      event.preventDefault();
      location.href = url(`/compare?runs=${this.ids.join(",")}`);
    });
  }

  show(selection) {
    this.ids = selection.ids;
    this.hidden = selection.size === 0;
    this.querySelector(".chosen").textContent = `${selection.size.toLocaleString("en")} chosen`;
    for (const control of this.querySelectorAll("[data-action]")) this.#offer(control, selection);
    for (const menu of this.querySelectorAll("action-menu")) {
      menu.querySelector("button").disabled = menu.querySelector("form").dataset.run === "";
    }
    this.#link(selection);
    this.compare.disabled = selection.size < 2 || selection.size > MOST_COMPARED;
    this.compare.textContent = `Compare (${selection.size})`;
    this.compare.title = this.compare.disabled ? `Choose 2 to ${MOST_COMPARED} runs` : "";
  }

  #link({ ids, size }) {
    for (const link of this.querySelectorAll("[data-page]")) {
      link.hidden = size > MOST_NAMED;
      link.href = `${link.dataset.page}?runs=${ids.slice(0, MOST_NAMED).join(",")}`;
    }
  }

  #offer(control, selection) {
    const able = selection.able(control.dataset.action);
    const all = able.length === selection.size;
    // Those that it does not fit are named too: the answer says why each stayed as it was.
    control.dataset.run = able.length ? selection.ids.join(",") : "";
    if (control.localName === "form") return;
    control.disabled = able.length === 0;
    control.hidden = control.dataset.action.startsWith("un") && able.length === 0;
    control.querySelector(".count").textContent = able.length && !all ? ` ${able.length}` : "";
    control.title = able.length && !all ? `Applies to ${able.length} of the ${selection.size} chosen` : "";
  }
}

customElements.define("selection-bar", SelectionBar);
