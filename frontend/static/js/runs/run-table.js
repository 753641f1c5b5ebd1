// <run-table cursor="17" live-insert>: the runs table, kept up to date by the one stream of all
// runs. Rows keep their place: progress is written in place, anything else renews the row. Which
// rows are chosen is the Selection's; the bar shows what can be done with them.
import "../core/action-menu.js";
import "./selection-bar.js";
import { fragment, request } from "../core/api.js";
import { toast } from "../core/toast-stack.js";
import { LiveStream } from "../core/live.js";
import { lookAfter } from "../core/run-words.js";
import { patchNode } from "../core/patch.js";
import { progressNote, progressShare } from "../pure/format.js";
import { renewing } from "../core/renew.js";
import { RowPicker } from "./row-picker.js";
import { Selection } from "./selection.js";
import { url } from "../core/url.js";

export class RunTable extends HTMLElement {
  #stale = new Set(); // runs whose rows are out of date
  #asking = new Set(); // runs whose rows have been asked for
  #fresh = new Set(); // runs whose rows are to come
  #moving = new Set(); // runs that have been pinned or unpinned here
  #progress = new Map(); // of runs, heard since the rows that are under way were asked for
  selection = new Selection();

  connectedCallback() {
    this.body = this.querySelector("tbody");
    const columns = this.getAttribute("columns");
    this.columns = columns ? `&columns=${encodeURIComponent(columns)}` : "";
    keepWidths(this.querySelector("table.custom"));
    this.picker = new RowPicker(this, this.selection);
    const bar = this.querySelector("selection-bar");
    this.selection.addEventListener("change", () => bar.show(this.selection));
    bar.addEventListener("clear", () => this.selection.clear());
    bar.addEventListener("matching", () => this.#chooseMatching());
    bar.querySelector('[data-control="matching"]').hidden = !this.hasAttribute("paged");
    this.renewStale = renewing(() => this.#fetchStale(), 400);
    document.addEventListener("runasked", ({ detail }) => this.#asked(detail));
    document.addEventListener("runaction", ({ detail }) => this.#answered(detail));
    document.addEventListener("queuechanged", () => this.#renewQueued());
    this.stream = new LiveStream(url("/api/events"), Number(this.getAttribute("cursor")), {
      state: (event) => this.#stateChanged(event),
      progress: (event) => this.#showProgress(event),
      epoch: (event) => this.#renew(event.run_id),
    });
  }

  row(run) {
    return document.getElementById(`run-${run}`);
  }

  // Those on other pages too: what can be done with each comes with them, their rows do not.
  async #chooseMatching() {
    try {
      const { runs, can, more } = await request("GET", url(`/fragments/matching${location.search}`));
      this.selection.set(runs.map(([id, kind]) => [id, { can: can[kind] }]), true);
      if (more) toast(`More runs match than can be chosen at once; these are the newest ${runs.length.toLocaleString("en")}.`);
    } catch (error) {
      toast(error.message, { error: true });
    }
  }

  #stateChanged(event) {
    document.dispatchEvent(new CustomEvent("runschanged"));
    if (event.deleted) this.#showDeleted(event.run_id);
    else this.#renew(event.run_id, !this.row(event.run_id) && this.hasAttribute("live-insert"));
  }

  // At once: what the run will be when the server has done as asked.
  #asked({ action, runs }) {
    for (const run of runs) {
      const row = this.row(run);
      const look = row && row.dataset.can.split(" ").includes(action) ? lookAfter(action, row.dataset.state) : null;
      if (look) showState(row, look);
    }
  }

  #answered({ action, run, done }) {
    if (done && (action === "pin" || action === "unpin")) this.#moving.add(run);
    if (action === "delete" && done) this.#showDeleted(run);
    else this.#renew(run);
    if (action === "restore") document.querySelector(`[data-deleted="${run}"]`)?.remove();
  }

  // The row stays where it was until the page is left: what was deleted by mistake is at hand.
  #showDeleted(run) {
    const row = this.row(run);
    this.#asking.delete(run); // the row under way is older
    this.selection.set([[run]], false);
    if (!row || row.classList.contains("gone")) return;
    row.classList.add("gone");
    Object.assign(row.querySelector("input"), { checked: false, disabled: true });
    showState(row, { state: "deleted", note: "" });
    row.querySelector(".c-actions").replaceChildren();
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "link", textContent: "Restore" });
    Object.assign(button.dataset, { action: "restore", run });
    row.querySelector(".c-state").append(button);
  }

  #showProgress(event) {
    this.#progress.set(event.run_id, event);
    const row = this.row(event.run_id);
    if (row?.dataset.state !== "running") return;
    const note = row.querySelector('[data-live="note"]');
    if (!note.textContent.includes("…")) note.textContent = progressNote(event);
    const bar = row.querySelector(".bar");
    if (bar) bar.firstElementChild.style.scale = `${progressShare(event)} 1`;
  }

  // Places in the queue move when other runs start.
  #renewQueued() {
    for (const row of this.body.querySelectorAll('tr[data-state="queued"]:not(.gone)')) this.#renew(Number(row.dataset.run));
  }

  #renew(run, fresh = false) {
    if (fresh) this.#fresh.add(run);
    else if (!this.row(run) && !this.selection.has(run)) return; // chosen ones may stand on other pages
    this.#stale.add(run);
    this.renewStale();
  }

  // One question for all rows that have changed, however many.
  async #fetchStale() {
    const runs = [...this.#stale].slice(0, 500);
    for (const run of runs) this.#stale.delete(run);
    if (!runs.length) return;
    this.#asking = new Set(runs);
    this.#progress.clear();
    const rows = (await fragment(url(`/fragments/runs?ids=${runs.join(",")}${this.columns}`)))?.querySelectorAll("tr") ?? [];
    for (const fresh of rows) if (this.#asking.has(Number(fresh.dataset.run))) this.#replace(fresh);
    for (const event of this.#progress.values()) this.#showProgress(event); // newer than the rows
    if (this.#stale.size) this.renewStale();
  }

  #replace(fresh) {
    const run = Number(fresh.dataset.run);
    const old = this.row(run);
    if (!old) return this.#fresh.delete(run) ? this.#insert(run, fresh) : this.picker.learn(fresh);
    patchNode(old, fresh);
    if (this.#moving.delete(run)) this.#move(run, old);
    this.picker.dress(old);
  }

  // What is moved loses the focus; the row may then stand outside the window.
  #move(run, row) {
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    this.#place(run, row);
    focused?.focus({ preventScroll: true });
  }

  #insert(run, fresh) {
    this.#place(run, fresh);
    this.picker.dress(fresh);
  }

  // A pinned run behind those that are; another one where its number puts it, or, in an order of
  // which only the server knows, first of those that are not pinned.
  #place(run, row) {
    row.classList.add("fresh");
    const others = [...this.body.rows].filter((other) => other !== row && !other.classList.contains("pinned"));
    const first = row.classList.contains("pinned") || !this.hasAttribute("newest-first");
    this.body.insertBefore(row, (first ? others[0] : others.find((other) => Number(other.dataset.run) < run)) ?? null);
  }
}

// Columns of somebody's own are as wide as they need to be at first; after that they stay, whatever
// comes into them.
function keepWidths(table) {
  if (!table) return;
  const heads = [...table.tHead.rows[0].cells];
  const widths = heads.map((head) => head.offsetWidth);
  heads.forEach((head, index) => (head.style.width = `${widths[index]}px`));
  table.style.minWidth = `${widths.reduce((sum, width) => sum + width, 0)}px`;
  table.style.setProperty("table-layout", "fixed", "important");
}

function showState(row, { state, note }) {
  const pill = row.querySelector(".pill");
  pill.className = `pill pill-${state}`;
  pill.textContent = state;
  row.querySelector('[data-live="note"]').textContent = note;
}

customElements.define("run-table", RunTable);
