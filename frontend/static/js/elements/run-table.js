// <run-table cursor="17" live-insert>: the runs table, kept up to date by the one stream of all
// runs. Rows keep their place: progress is written in place, anything else renews the row.
import { fragment } from "../api.js";
import { LiveStream } from "../live.js";
import { progressNote, progressShare } from "../pure/format.js";
import { renewing } from "../renew.js";

export class RunTable extends HTMLElement {
  #renewals = new Map();

  connectedCallback() {
    this.body = this.querySelector("tbody");
    this.compare = document.querySelector('[data-testid="compare-button"]');
    this.addEventListener("change", () => this.#countChosen());
    this.#countChosen();
    this.compare?.form.addEventListener("submit", (event) => this.#openComparison(event));
    document.addEventListener("runaction", ({ detail }) => this.#acted(detail));
    this.stream = new LiveStream("/api/events", Number(this.getAttribute("cursor")), {
      state: (event) => this.#stateChanged(event),
      progress: (event) => this.#showProgress(event),
      epoch: (event) => this.#renew(event.run_id),
    });
  }

  row(run) {
    return this.body.querySelector(`tr[data-run="${run}"]`);
  }

  get chosen() {
    return [...this.body.querySelectorAll('input[name="runs"]:checked')].map((box) => box.value);
  }

  #countChosen() {
    const count = this.chosen.length;
    this.compare.disabled = count < 2;
    this.compare.textContent = count ? `Compare (${count})` : "Compare";
    this.compare.title = count < 2 ? "Choose two runs or more" : "";
  }

  #openComparison(event) {
    event.preventDefault();
    location.href = `/compare?runs=${this.chosen.join(",")}`;
  }

  #stateChanged(event) {
    document.dispatchEvent(new CustomEvent("runschanged"));
    if (event.deleted) this.row(event.run_id)?.classList.add("gone");
    else if (this.row(event.run_id)) this.#renew(event.run_id);
    else if (this.hasAttribute("live-insert")) this.#insert(event.run_id);
  }

  #acted({ action, run }) {
    if (action === "delete") this.row(run)?.classList.add("gone");
    else this.#renew(run);
  }

  #showProgress(event) {
    const row = this.row(event.run_id);
    if (row?.dataset.state !== "running") return;
    const note = row.querySelector('[data-live="note"]');
    if (!note.textContent.includes("…")) note.textContent = progressNote(event);
    const bar = row.querySelector(".bar");
    if (bar) bar.firstElementChild.style.width = `${(100 * progressShare(event)).toFixed(1)}%`;
  }

  #renew(run) {
    if (!this.row(run)) return;
    if (!this.#renewals.has(run)) this.#renewals.set(run, renewing(() => this.#fetch(run), 500));
    this.#renewals.get(run)();
  }

  async #fetch(run) {
    const fresh = (await fragment(`/fragments/runs/${run}`))?.querySelector("tr");
    const old = this.row(run);
    if (!fresh || !old) return;
    fresh.querySelector("input").checked = old.querySelector("input").checked;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(fresh);
    if (!focused) return;
    const again = focused.dataset.action ? `[data-action="${focused.dataset.action}"]` : focused.localName;
    fresh.querySelector(again)?.focus();
  }

  async #insert(run) {
    const fresh = (await fragment(`/fragments/runs/${run}`))?.querySelector("tr");
    if (!fresh || this.row(run)) return;
    fresh.classList.add("fresh");
    const next = [...this.body.rows].find((row) => Number(row.dataset.run) < run);
    this.body.insertBefore(fresh, next ?? null);
  }
}

customElements.define("run-table", RunTable);
