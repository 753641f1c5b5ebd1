// The experiments: their list, and the page of one.
import { act, numbersOf, uncancel } from "../core/actions.js";
import { fragment, request } from "../core/api.js";
import "../charts/metric-chart.js";
import "../charts/parallel-axes.js";
import "../charts/plotly-chart.js";
import "../core/notes-box.js";
import { toast } from "../core/toast-stack.js";
import { LiveStream } from "../core/live.js";
import { patch } from "../core/patch.js";
import { plural } from "../pure/format.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

const PACE = 1500; // ms between two looks while runs change
const SELDOM = 8000; // ... at what came out of them, which is read and not watched
// An undo reaches the runs that were changed, and no other of the experiment.
const UNDO = { cancel: uncancel, pause: (runs) => act("resume", numbersOf(runs)), resume: (runs) => act("pause", numbersOf(runs)) };

// <experiment-list cursor="17">: the table, asked for anew while runs change.
class ExperimentList extends HTMLElement {
  connectedCallback() {
    const renew = renewing(() => this.#fetch(), PACE);
    this.stream = follow(this, renew);
  }

  async #fetch() {
    const fresh = await fragment(url(`/fragments/experiments${location.search}`));
    if (fresh) patch(this, fresh.childNodes);
  }
}

// <experiment-view experiment="3" cursor="17">: one experiment, its actions and its results.
class ExperimentView extends HTMLElement {
  #asked = {}; // part -> how often

  connectedCallback() {
    this.path = `experiments/${this.getAttribute("experiment")}`;
    this.renewHead = renewing(() => this.#fetch("head"), PACE);
    this.renewResults = renewing(() => this.#fetch("results", location.search), PACE);
    this.renewOutcome = renewing(() => this.#fetch("outcome"), SELDOM);
    this.renewSearch = renewing(() => this.querySelector('[data-part="search"]') && this.#fetch("search"), PACE);
    this.addEventListener("linesshown", ({ detail }) => this.#showTrials(detail.numbers));
    this.addEventListener("click", (event) => this.#clicked(event.target.closest("button")));
    this.addEventListener("submit", (event) => event.target.closest("notes-box") || this.#submitted(event));
    this.stream = follow(this, (kind) => {
      this.renewResults();
      this.renewSearch();
      if (kind !== "state") return;
      this.renewHead();
      this.renewOutcome();
    });
  }

  #clicked(button) {
    const { experimentAction: action, searchAction, set, value } = button?.dataset ?? {};
    if (action) this.#act(action);
    if (searchAction) this.#ask("POST", "/search", { action: searchAction });
    if (set) this.#ask("PATCH", "", { [set]: value === "true" });
  }

  async #act(action) {
    await this.#ask("POST", "/actions", { action }, ({ changed, done, runs }) => {
      const undo = changed ? UNDO[action] : null;
      toast(`${plural(changed, "run")} ${done}.`, undo ? { action: "Undo", onAction: () => undo(runs) } : {});
    });
  }

  async #submitted(event) {
    event.preventDefault();
    const form = event.target;
    if (!form.reportValidity()) return;
    if (form.dataset.form) return this.#submittedOfSearch(form);
    if (form.matches(".seeds-form")) {
      const seeds = Number(form.elements.seeds.value);
      await this.#ask("POST", "/seeds", { seeds }, ({ added }) => toast(`${plural(added, "run")} added.`));
      return;
    }
    const { name, parallel } = form.elements;
    const changes = { name: name.value.trim(), parallel: parallel.value ? Number(parallel.value) : null };
    const place = form.querySelector(".field-error");
    const saved = () => (form.closest("details").open = false);
    await this.#ask("PATCH", "", changes, saved, (error) => (place.textContent = error.message));
  }

  async #submittedOfSearch({ dataset, elements }) {
    if (dataset.form === "trials") {
      await this.#ask("POST", "/trials", { trials: Number(elements.trials.value) }, () => toast("The search continues."));
      return;
    }
    const which = elements.best ?? elements.trial; // so many of the best, or one by its number
    const chosen = { [which.name]: Number(which.value), seeds: Number(elements.seeds.value) };
    const told = ({ id, runs }) => toast(elements.best ? "The best settings are queued." : `${plural(runs, "run")} queued.`, { action: "Show", onAction: () => (location.href = url(`/experiments/${id}`)) });
    await this.#ask("POST", "/confirm", chosen, told);
  }

  // numbers: the settings that are shown, null for all.
  #showTrials(numbers) {
    for (const row of this.querySelectorAll("[data-trial]")) row.hidden = numbers !== null && !numbers.has(Number(row.dataset.trial));
  }

  async #ask(method, path, body, told = null, failed = (error) => toast(error.message, { error: true })) {
    try {
      const answer = await request(method, url(`/api/${this.path}${path}`), body);
      told?.(answer);
    } catch (error) {
      failed(error);
      return;
    }
    document.dispatchEvent(new CustomEvent("runschanged")); // the bar counts the runs
    await this.#fetch("head");
    this.renewResults();
    this.renewSearch();
  }

  async #fetch(part, search = "") {
    const place = this.querySelector(`[data-part="${part}"]`);
    const asked = (this.#asked[part] = (this.#asked[part] ?? 0) + 1);
    const fresh = await fragment(url(`/fragments/${this.path}/${part}${search}`));
    if (asked !== this.#asked[part]) return; // a newer answer is on its way, or here
    if (!fresh) return;
    patch(place, fresh.childNodes);
    if (part === "search") this.#showTrials(this.querySelector("parallel-axes")?.shown ?? null);
    if (part === "head") document.title = `${place.querySelector("[data-live=name]").textContent} · OLS Lab`;
  }
}

function follow(element, changed) {
  const on = (kind) => () => {
    if (kind === "state") document.dispatchEvent(new CustomEvent("runschanged"));
    changed(kind);
  };
  return new LiveStream(url("/api/events"), Number(element.getAttribute("cursor")), { state: on("state"), epoch: on("epoch") });
}

customElements.define("experiment-list", ExperimentList);
customElements.define("experiment-view", ExperimentView);
