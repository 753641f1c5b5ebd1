// <notes-box place="runs/3">: notes in Markdown, rendered by the server and edited where they stand.
// What is saved shows at once; if the server refuses it, the editor is back with what was written.
import { fragment, request } from "./api.js";
import { patch } from "./patch.js";
import { toast } from "./toast-stack.js";
import { url } from "./url.js";

export class NotesBox extends HTMLElement {
  #began = ""; // the text that the editor started from

  connectedCallback() {
    this.addEventListener("click", (event) => this.#clicked(event.target.closest("[data-control]")?.dataset.control));
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.addEventListener("change", (event) => event.target.name === "view" && this.#show(event.target.value));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.leaving = (event) => this.editing && this.#changed && event.preventDefault();
    window.addEventListener("beforeunload", this.leaving);
    this.#began = this.#area.defaultValue;
  }

  disconnectedCallback() {
    window.removeEventListener("beforeunload", this.leaving);
  }

  get editing() {
    return !this.#form.hidden;
  }

  // They may have been changed elsewhere. What somebody is writing stays.
  async renew() {
    const fresh = (await fragment(url(`/fragments/${this.getAttribute("place")}/notes`)))?.querySelector("notes-box");
    if (!fresh) return;
    const text = fresh.querySelector("textarea").defaultValue;
    if (!this.editing) this.#take(fresh, text);
    else if (text !== this.#began) this.#say("These notes were changed elsewhere in the meantime; saving overwrites that.");
  }

  get #form() {
    return this.querySelector("form");
  }

  get #area() {
    return this.querySelector("textarea");
  }

  get #changed() {
    return this.#area.value !== this.#began;
  }

  #clicked(control) {
    if (control === "edit") this.#edit();
    if (control === "cancel") this.#cancel();
  }

  #key(event) {
    if (!this.editing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#save();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.#cancel();
    }
  }

  #edit() {
    this.#toggle(true);
    this.#say("");
    this.#form.elements.view.value = "write";
    this.#show("write");
    this.#area.focus();
  }

  #cancel() {
    const written = this.#area.value;
    const lost = this.#changed;
    this.#area.value = this.#began;
    this.#toggle(false);
    this.querySelector('[data-control="edit"]').focus();
    if (!lost) return;
    const onAction = () => {
      this.#edit();
      this.#area.value = written;
    };
    toast("Your changes were discarded.", { action: "Undo", onAction });
  }

  #toggle(editing) {
    this.#form.hidden = !editing;
    this.querySelector('[data-control="edit"]').hidden = editing;
    this.querySelector('[data-testid="notes"]').hidden = editing || !this.#area.value;
  }

  async #show(view) {
    const preview = this.querySelector(".notes-preview");
    preview.hidden = view !== "preview";
    this.#area.hidden = view === "preview";
    if (view !== "preview") return;
    preview.textContent = this.#area.value ? "…" : "Nothing to preview yet.";
    if (this.#area.value) await this.#render(this.#area.value, preview);
  }

  async #render(text, place) {
    try {
      const { html } = await request("POST", url("/fragments/markdown"), { text });
      place.innerHTML = html; // made by the server, which lets no markup of the text through
    } catch (error) {
      this.#say(error.message);
    }
  }

  async #save() {
    const text = this.#area.value;
    const shown = this.querySelector('[data-testid="notes"]');
    const before = [...shown.childNodes];
    shown.textContent = text;
    shown.classList.add("pending");
    this.#toggle(false);
    this.querySelector('[data-control="edit"]').focus();
    try {
      await request("PATCH", url(`/api/${this.getAttribute("place")}`), { notes: text });
    } catch (error) {
      shown.replaceChildren(...before);
      shown.classList.remove("pending");
      this.#edit();
      this.#say(error.message);
      return;
    }
    this.#began = text;
    await this.renew();
  }

  #take(fresh, text) {
    patch(this, fresh.childNodes);
    this.#area.value = this.#began = text;
  }

  #say(text) {
    this.querySelector(".field-error").textContent = text;
  }
}

customElements.define("notes-box", NotesBox);
