// <class-detail run="3">: one class: its row of the matrix as bars and as a table, over the epochs
// as a second heatmap and as lines of its strongest partners, its accuracy and entropy, its images
// beside those of the classes it resembles. Markup: frontend/templates/run/_panels.html. [ and ] step.
// CustomEvents: `classchange` {row, column}, `epochpick` {epoch}.
import { BARS, showTable } from "./class-bars.js";
import { ClassView } from "./class-view.js";
import { findClass } from "../pure/classes.js";
import { readUrl, writeUrl } from "../core/url-state.js";

export class ClassDetail extends ClassView {
  connectedCallback() {
    this.begin({ bars: BARS, partners: 3 });
    this.search = this.querySelector('[data-control="class"]');
    this.chart = this.querySelector("metric-chart");
    this.fold = this.querySelector('[data-fold="table"]');
    this.#listen();
    this.asked = readUrl("class");
  }

  #listen() {
    this.search.addEventListener("change", () => this.#find());
    this.search.addEventListener("keydown", (event) => event.key === "Enter" && this.#find());
    for (const button of this.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input:not([type=range]), textarea, select");
      const by = { "[": -1, "]": 1 }[event.key];
      if (by && !typing && !event.ctrlKey && !event.metaKey) this.step(by);
    });
    this.fold.addEventListener("toggle", () => this.drawRow());
  }

  // `first`: the class to begin with when the address names none.
  setClasses(classes, first = 0) {
    this.classes = classes;
    const names = this.querySelector("datalist");
    if (names.options.length !== classes.length) {
      names.replaceChildren(...classes.map((name) => new Option("", name)));
    }
    const asked = Number.parseInt(this.asked ?? "", 10);
    this.asked = null;
    if (asked >= 0 && asked < classes.length) this.choose(asked);
    else if (this.row === null && first < classes.length) this.show(first);
  }

  #find() {
    const row = findClass(this.classes, this.search.value);
    this.search.setAttribute("aria-invalid", String(row === null && this.search.value !== ""));
    if (row === null) return;
    this.search.value = "";
    this.choose(row);
  }

  step(by) {
    const k = this.classes.length;
    if (k) this.choose(((this.row ?? 0) + by + k) % k);
  }

  // `picked`: the other class, when a cell was chosen.
  choose(row, picked = null) {
    this.picked = picked;
    writeUrl("class", String(row));
    this.show(row);
    this.dispatchEvent(new CustomEvent("classchange", { bubbles: true, detail: { row, column: picked } }));
  }

  show(row) {
    this.querySelector(".class-body").hidden = false;
    this.querySelector(".class-empty").hidden = true;
    super.show(row);
  }

  rowDrawn(drawn, caption) {
    if (this.fold.open) showTable(this.querySelector(".row-table"), drawn, caption);
  }

  showFacts(facts) {
    super.showFacts(facts);
    this.chart.fill(this.chart.traces.map(({ meta }) => lineOf(facts.detail, meta.metric)));
  }
}

// The points of one of the chart's traces (backend/analysis/figures/class_panel.py), null where the class has none.
function lineOf(detail, key) {
  const partner = /^partner(\d)$/.exec(key);
  const line = partner ? detail.partners[Number(partner[1])] : null;
  const values = partner ? line?.values : detail[key];
  if (!values?.some((value) => value !== null)) return null;
  return { x: [...detail.epochs], y: [...values], ...(line && { name: line.name }) };
}

customElements.define("class-detail", ClassDetail);
