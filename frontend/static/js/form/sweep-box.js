// <sweep-box hidden>: what a sweep would be, as the server says: how many runs, how long, what
// differs between them; and the settings of a sweep as a whole.
import { plural } from "../pure/format.js";

const SHOWN = 50; // runs in the preview
const EXAMPLES = 8; // settings in that of a search

class SweepBox extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.#showChosen());
    this.#showChosen();
  }

  // The settings that differ from a plain grid.
  settings() {
    const settings = {};
    if (this.#search !== "grid") settings.search = this.#search;
    if (this.#pruned) settings.pruner = "asha";
    if (this.#isSearch) Object.assign(settings, this.#goal());
    else if (this.#search === "random") settings.samples = numeric(this.#value("samples"));
    if (this.#search !== "grid") settings.seed = numeric(this.#value("search_seed") || "0");
    if (this.#value("notes")) settings.notes = this.#value("notes");
    if (this.#value("parallel")) settings.parallel = numeric(this.#value("parallel"));
    return settings;
  }

  // A sweep that the page came with.
  take(sweep) {
    if (!sweep?.search) return;
    this.querySelector(`[name="search"][value="${sweep.search}"]`).checked = true;
    this.#control("pruner").checked = sweep.pruner === "asha";
    const { metric, at, seeds } = sweep.objective ?? {};
    const { runs, hours } = sweep.budget ?? {};
    const given = { samples: sweep.samples, search_seed: sweep.seed, "objective.metric": metric, "objective.at": at, "objective.seeds": seeds };
    for (const [name, value] of Object.entries(given)) if (value != null) this.#control(name).value = value;
    if (sweep.budget) Object.assign(this.#control("budget.runs"), { value: runs ?? "" });
    if (sweep.budget) Object.assign(this.#control("budget.hours"), { value: hours ?? "" });
    this.#showChosen();
  }

  // What a search makes as good as it can, and where it ends; only what is not the default.
  #goal() {
    const metric = this.#value("objective.metric");
    const at = this.#value("objective.at");
    const seeds = numeric(this.#value("objective.seeds") || "1");
    const objective = { ...(metric !== "val_top1" && { metric }), ...(at !== "last" && { at }), ...(seeds !== 1 && { seeds }) };
    const budget = {};
    for (const name of ["runs", "hours"]) if (this.#value(`budget.${name}`)) budget[name] = numeric(this.#value(`budget.${name}`));
    return { ...(Object.keys(objective).length && { objective }), ...(Object.keys(budget).length && { budget }) };
  }

  get #search() {
    return this.querySelector('[name="search"]:checked').value;
  }

  get #pruned() {
    return this.#control("pruner").checked;
  }

  // Its runs are not all known before it begins.
  get #isSearch() {
    return this.#search === "tpe" || this.#pruned;
  }

  #control(name) {
    return this.querySelector(`[name="${name}"]`);
  }

  #value(name) {
    return this.#control(name).value.trim();
  }

  #showChosen() {
    const search = this.#search;
    for (const help of this.querySelectorAll(".search-help")) help.hidden = help.dataset.for !== search;
    this.querySelector(".drawn-only").hidden = this.#isSearch || search !== "random";
    this.querySelector(".search-only").hidden = !this.#isSearch;
    this.querySelector(".seed-only").hidden = search === "grid";
  }

  // answer: the server's preview, or the error in which it ended.
  show(answer, grid) {
    if (answer instanceof Error) {
      const [fault] = answer.fields ?? [];
      this.#say(fault ? `${fault.path.replace(/^(grid|spec)\./, "")}: ${fault.message}` : answer.message);
      return;
    }
    this.#say(answer.summary);
    this.querySelector(".sweep-preview summary").textContent = answer.search ? "Settings that it may try" : "Its runs";
    this.#table({ ...answer, differences: telling(answer.differences, grid) });
  }

  #say(words) {
    this.querySelector(".sweep-summary").textContent = words;
  }

  #table({ differences, shown, runs, search }) {
    const table = this.querySelector(".sweep-preview table");
    const head = document.createElement("tr");
    for (const { path } of differences) head.append(cell("th", path, path));
    const rows = [];
    for (let run = 0; run < Math.min(shown, search ? EXAMPLES : SHOWN); run += 1) {
      const row = document.createElement("tr");
      for (const { values } of differences) row.append(cell("td", text(values[run])));
      rows.push(row);
    }
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...rows);
    this.querySelector(".sweep-more").textContent = !search && runs > rows.length ? `and ${plural(runs - rows.length, "run")} more` : "";
    this.querySelector(".sweep-preview").hidden = differences.length === 0;
  }
}

// What the grid names comes first; a field that only some choices have tells nothing more than they.
function telling(differences, grid) {
  const named = new Set();
  for (const [path, values] of Object.entries(grid)) {
    named.add(path).add(`${path}.name`);
    for (const value of Array.isArray(values) ? values : []) for (const key of Object.keys(value?.name ? value : {})) named.add(`${path}.${key}`);
  }
  const first = differences.filter(({ path }) => named.has(path));
  return [...first, ...differences.filter(({ path, values }) => !named.has(path) && !values.includes(null))];
}

function cell(kind, words, title = "") {
  const element = document.createElement(kind);
  element.textContent = words;
  if (kind === "th") element.scope = "col";
  if (title) element.title = title;
  return element;
}

const text = (value) => (value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value));

const numeric = (words) => (Number.isFinite(Number(words)) ? Number(words) : words);

customElements.define("sweep-box", SweepBox);
