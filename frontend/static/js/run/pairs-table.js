// <pairs-table run="3"> switch one way / both ways, table with <button data-sort> in its head
// </pairs-table>: the most confused pairs of the shown matrix, with their history. Markup:
// frontend/templates/_panels.html. CustomEvent `cellwanted` {row, column} when one is chosen.
import { write } from "../core/patch.js";
import { request } from "../core/api.js";
import { loadMistakes, mistakenImages } from "./mistakes.js";
import { PanelData } from "../core/panel-data.js";
import { patch } from "../core/patch.js";
import { DASH, percent } from "../pure/format.js";
import { sortPairs, trendPoints } from "../pure/pair-table.js";
import { loadSamples, thumbnail } from "./samples.js";
import { url } from "../core/url.js";

const KINDS = ["soft_labels", "val_probs", "confusion"];

export class PairsTable extends HTMLElement {
  #shown = { kind: "soft_labels", epoch: null };
  #pairs = [];
  #sort = { key: "value", down: true };

  connectedCallback() {
    this.classes = [];
    this.body = this.querySelector("tbody");
    this.limit = this.querySelector('[data-control="limit"]');
    this.label = this.querySelector('[data-live="table-epoch"]');
    this.empty = this.querySelector(".empty");
    this.data = new PanelData(this, {
      load: () => this.#shown.epoch !== null && this.#load(), // no epoch: no matrix yet
      show: (pairs) => this.#show(pairs),
      fail: () => this.#say("The pairs could not be loaded."),
    });
    this.addEventListener("change", () => this.data.renew());
    this.addEventListener("click", (event) => this.#clicked(event));
  }

  async #load() {
    const { kind, epoch } = this.#shown;
    const symmetric = this.querySelector('[name="pairs-mode"]:checked').value === "symmetric";
    const query = new URLSearchParams({ kind, symmetric, limit: this.limit.value, epoch });
    const run = this.getAttribute("run");
    const [pairs, samples, mistakes] = await Promise.all([
      request("GET", url(`/api/runs/${run}/pairs?${query}`)), loadSamples(run), loadMistakes(run, epoch),
    ]);
    return { pairs, samples, mistakes, symmetric, epoch };
  }

  #show({ pairs, samples, mistakes, symmetric, epoch }) {
    this.#pairs = pairs;
    Object.assign(this, { samples, mistakes, symmetric });
    this.arrow = symmetric ? "↔" : "→";
    write(this.label, `epoch ${epoch}`);
    this.empty.hidden = pairs.length > 0;
    if (pairs.length === 0) this.#say("No pair has a share yet.");
    this.#draw();
  }

  #say(text) {
    this.empty.textContent = text;
    this.empty.hidden = false;
  }

  #draw() {
    const { key, down } = this.#sort;
    const sorted = sortPairs(this.#pairs, key, down, this.classes);
    patch(this.body, sorted.map((pair) => this.#row(pair)));
    for (const button of this.querySelectorAll("[data-sort]")) {
      const order = button.dataset.sort === key ? (down ? "descending" : "ascending") : "none";
      button.closest("th").setAttribute("aria-sort", order);
    }
  }

  #row(pair) {
    const row = document.createElement("tr");
    row.dataset.pair = row.dataset.key = `${pair.a},${pair.b}`;
    row.innerHTML = `<td><button type="button" class="pair-cell"></button></td><td class="pair-b"></td><td class="num"></td><td class="num quiet-text"></td><td class="num"></td><td class="num"></td><td class="mistaken"></td>`;
    const [a, b, value, reverse, trend, rose, mistaken] = row.children;
    const [from, to] = [pair.a, pair.b].map((at) => String(this.classes[at] ?? at));
    a.firstChild.append(thumbnail(this.samples, pair.a), named(from), arrow(this.arrow));
    a.firstChild.setAttribute("aria-label", `${from} ${this.arrow} ${to}: show the cell`);
    b.append(thumbnail(this.samples, pair.b), named(to));
    write(value, percent(pair.value, 2));
    write(reverse, pair.reverse === null ? DASH : percent(pair.reverse, 2));
    trend.append(spark(pair.history), `${pair.trend > 0 ? "+" : pair.trend < 0 ? "−" : ""}${percent(Math.abs(pair.trend ?? NaN), 2)}`);
    write(rose, pair.first_rose ?? DASH);
    mistaken.append(...mistakenImages(this.mistakes, pair.a, pair.b, this.classes));
    if (this.symmetric) mistaken.append(...mistakenImages(this.mistakes, pair.b, pair.a, this.classes));
    return row;
  }

  #clicked(event) {
    const head = event.target.closest("[data-sort]");
    if (head) return this.#sortBy(head.dataset.sort);
    const row = event.target.closest("tbody tr");
    if (!row) return;
    const [a, b] = row.dataset.pair.split(",").map(Number);
    this.dispatchEvent(new CustomEvent("cellwanted", { bubbles: true, detail: { row: a, column: b } }));
  }

  #sortBy(key) {
    const down = this.#sort.key === key ? !this.#sort.down : !["a", "b", "first_rose"].includes(key);
    this.#sort = { key, down };
    this.#draw();
  }

  // The page's player goes to another matrix; while it plays the table waits.
  showEpoch({ kind, epoch }, classes) {
    this.classes = classes;
    const own = KINDS.includes(kind) ? kind : "soft_labels";
    if (own === this.#shown.kind && epoch === this.#shown.epoch) return;
    this.#shown = { kind: own, epoch };
    this.data.renew(300);
  }
}

function named(text) {
  const name = document.createElement("b");
  name.textContent = text;
  return name;
}

function arrow(sign) {
  const part = document.createElement("span");
  part.className = "arrow";
  part.textContent = sign;
  return part;
}

function spark(history) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ class: "spark", viewBox: "0 0 96 22", preserveAspectRatio: "none", "aria-hidden": "true" })) {
    svg.setAttribute(name, value);
  }
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  line.setAttribute("points", trendPoints(history, 96, 22));
  svg.append(line);
  return svg;
}

customElements.define("pairs-table", PairsTable);
