// <run-head run="3" state="running">: the run page's head, rendered by the server. A new state fetches
// it again and patches it: its buttons stay. An epoch brings its own numbers (head-facts.js). What the
// user asks for shows at once, before the server has answered.
import "../core/action-menu.js";
import { fragment } from "../core/api.js";
import { patch, write } from "../core/patch.js";
import { progressNote, progressShare } from "../pure/format.js";
import { lookAfter } from "../core/run-words.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

const QUIET = 5000; // ms without progress, after which the head is asked for as often

export class RunHead extends HTMLElement {
  connectedCallback() {
    this.renew = renewing(() => this.#fetch());
    document.addEventListener("runasked", ({ detail }) => this.#asked(detail));
    // Its place in the queue moves when other runs start.
    document.addEventListener("queuechanged", () => this.state === "queued" && this.renew());
    // A worker that has gone sends no event; the server knows since when.
    this.lastEvent = performance.now();
    this.watch = setInterval(() => this.#look(), QUIET);
  }

  disconnectedCallback() {
    clearInterval(this.watch);
  }

  #look() {
    if (document.hidden || this.state !== "running" || performance.now() - this.lastEvent < QUIET) return;
    this.renew();
  }

  get run() {
    return Number(this.getAttribute("run"));
  }

  get state() {
    return this.querySelector('[data-testid="run-state"]')?.dataset.state ?? this.getAttribute("state");
  }

  showProgress(progress) {
    this.lastEvent = performance.now();
    if (this.state !== "running") return;
    const note = this.querySelector('[data-live="note"]');
    if (!note.textContent.includes("…")) write(note, progressNote(progress));
    const share = `${(100 * progressShare(progress)).toFixed(1)}%`;
    const bar = this.querySelector(".bar");
    if (!bar) return; // nobody said how many epochs there will be
    bar.firstElementChild.style.scale = `${share} 1`;
    bar.setAttribute("aria-valuenow", Number.parseFloat(share));
  }

  // Deleted, here or elsewhere: all that can be done is to bring it back.
  showDeleted() {
    this.#showState({ state: "deleted", note: "It can be restored for ten minutes." });
    const restore = document.createElement("button");
    Object.assign(restore, { type: "button", className: "primary", textContent: "Restore" });
    Object.assign(restore.dataset, { action: "restore", run: this.run });
    this.querySelector(".head-actions").replaceChildren(restore);
  }

  #asked({ action, runs }) {
    const look = runs.includes(this.run) ? lookAfter(action, this.state) : null;
    if (!look) return;
    this.#showState(look);
    // Its buttons belong to the state that it had.
    for (const button of this.querySelectorAll(".head-actions [data-action]")) button.setAttribute("aria-disabled", "true");
  }

  #showState({ state, note }) {
    const pill = this.querySelector('[data-testid="run-state"]');
    pill.className = `pill pill-${state}`;
    pill.textContent = state;
    pill.dataset.state = state;
    this.querySelector('[data-live="note"]').textContent = note;
  }

  async #fetch() {
    const fresh = await fragment(url(`/fragments/runs/${this.run}/head`));
    if (!fresh) return;
    const focused = this.contains(document.activeElement);
    patch(this, fresh.childNodes);
    document.title = `${this.querySelector("[data-live=name]").textContent} #${this.run} · OLS Lab`; // it may be renamed
    // An action that is no longer possible took the focus with it.
    if (focused && !this.contains(document.activeElement)) this.querySelector("action-menu > button")?.focus({ preventScroll: true });
  }
}

customElements.define("run-head", RunHead);
