// <saved-views>: the views that somebody named, for everybody; the address as it stands becomes one.
import { request } from "../core/api.js";
import { toast } from "../core/toast-stack.js";
import { flushUrl } from "../core/url-state.js";
import { url } from "../core/url.js";

class SavedViews extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => this.#save(event));
    this.addEventListener("click", (event) => {
      const { remove } = event.target.dataset;
      if (remove) this.#remove(remove, event.target.closest(".saved-view"));
    });
  }

  async #save(event) {
    event.preventDefault();
    const name = this.form.elements.name.value.trim();
    const place = this.querySelector(".field-error");
    place.textContent = "";
    try {
      await this.#put(name, query());
      this.form.reset();
      toast(`The view “${name}” is saved for everybody.`);
    } catch (error) {
      place.textContent = error.fields[0]?.message ?? error.message;
    }
  }

  async #put(name, saved) {
    const view = await request("POST", url("/api/views"), { name, query: saved });
    const item = document.createElement("span");
    item.className = "saved-view";
    item.innerHTML = `<a class="menu-item"></a><button type="button" class="link">×</button>`;
    const [link, button] = item.children;
    Object.assign(link, { href: url(`/?${view.query}`), textContent: view.name });
    button.dataset.remove = view.id;
    button.ariaLabel = `Remove the view ${view.name}`;
    this.querySelector(`[data-remove="${view.id}"]`)?.parentElement.remove();
    this.form.before(item);
  }

  async #remove(id, item) {
    const [link] = item.children;
    try {
      await request("DELETE", url(`/api/views/${id}`));
    } catch (error) {
      return toast(error.message, { error: true });
    }
    item.remove();
    const back = () => this.#put(link.textContent, new URL(link.href).search.slice(1));
    toast(`The view “${link.textContent}” is removed.`, { action: "Undo", onAction: back });
  }
}

// What the address says, but for the page of the list.
function query() {
  flushUrl();
  const parameters = new URLSearchParams(location.search);
  parameters.delete("cursor");
  return parameters.toString();
}

customElements.define("saved-views", SavedViews);
