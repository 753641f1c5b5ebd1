// <sweep-box hidden>: what a sweep would be, as the server says: how many runs, how long, what
// differs between them; and the settings of a sweep as a whole.
import { plural } from "../pure/format.js";

const SHOWN = 50; // runs in the preview

class SweepBox extends HTMLElement {
  connectedCallback() {
    this.random = this.querySelector('[name="search"][value="random"]');
    this.samples = this.querySelector(".random-only");
    this.addEventListener("change", () => this.#showRandom());
    this.#showRandom();
  }

  #showRandom() {
    this.samples.hidden = !this.random.checked;
  }

  // The settings that differ from a plain grid.
  settings() {
    const value = (name) => this.querySelector(`[name="${name}"]`).value.trim();
    const settings = {};
    if (this.random.checked) Object.assign(settings, { search: "random", samples: numeric(value("samples")), seed: numeric(value("search_seed") || "0") });
    if (value("notes")) settings.notes = value("notes");
    if (value("parallel")) settings.parallel = numeric(value("parallel"));
    return settings;
  }

  // answer: the server's preview, or the error in which it ended.
  show(answer, grid) {
    if (answer instanceof Error) {
      const [fault] = answer.fields ?? [];
      this.#say(fault ? `${fault.path.replace(/^(grid|spec)\./, "")}: ${fault.message}` : answer.message);
      return;
    }
    this.#say(answer.summary);
    this.#table({ ...answer, differences: telling(answer.differences, grid) });
  }

  #say(words) {
    this.querySelector(".sweep-summary").textContent = words;
  }

  #table({ differences, shown, runs }) {
    const table = this.querySelector(".sweep-preview table");
    const head = document.createElement("tr");
    for (const { path } of differences) head.append(cell("th", path, path));
    const rows = [];
    for (let run = 0; run < Math.min(shown, SHOWN); run += 1) {
      const row = document.createElement("tr");
      for (const { values } of differences) row.append(cell("td", text(values[run])));
      rows.push(row);
    }
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...rows);
    this.querySelector(".sweep-more").textContent = runs > rows.length ? `and ${plural(runs - rows.length, "run")} more` : "";
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
