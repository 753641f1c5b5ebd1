// <class-detail run="3">: one class: its row of the matrix as bars and as a table, over the epochs
// as a second heatmap and as lines of its strongest partners, its accuracy and entropy, its images
// beside those of the classes it resembles. Markup: frontend/templates/run/_panels.html. [ and ] step.
// CustomEvents: `classchange` {row}, `epochpick` {epoch}.
import { request } from "../core/api.js";
import { BARS, showBars, showTable } from "./class-bars.js";
import { ClassStrip } from "./class-strip.js";
import { fetchMatrix } from "../heatmap/frame-store.js";
import { loadMistakes, showMistakes } from "./mistakes.js";
import { PanelData } from "../core/panel-data.js";
import { findClass } from "../pure/classes.js";
import { percent, written } from "../pure/format.js";
import { columnsThatMatter } from "../pure/pairs.js";
import { atOrBefore } from "../pure/timeline.js";
import { loadSamples, showSamples } from "./samples.js";
import { onThemeChange } from "../core/theme.js";
import { readUrl, writeUrl } from "../core/url-state.js";
import { url } from "../core/url.js";

const ROWS = { // kinds whose rows can be had for all epochs, and what such a row is called
  soft_labels: "soft label", val_probs: "mean softmax", confusion: "predictions",
};
const LOG = { mode: "log", max: 1 };
const PARTNERS = 3; // whose images stand beside the class's own

export class ClassDetail extends HTMLElement {
  #shown = { kind: "soft_labels", epoch: null, scale: LOG };
  #strip = null; // the class over the epochs: {rows, columns, codes, epochs, row, kind}
  #detail = null;
  #samples = null;
  #picked = null; // the other class of a cell that was clicked
  row = null;

  connectedCallback() {
    this.classes = [];
    this.live = (name) => this.querySelector(`[data-live="${name}"]`);
    this.search = this.querySelector('[data-control="class"]');
    this.chart = this.querySelector("metric-chart");
    this.fold = this.querySelector('[data-fold="table"]');
    this.strip = new ClassStrip(this.querySelector(".strip"), (epoch) => {
      this.dispatchEvent(new CustomEvent("epochpick", { bubbles: true, detail: { epoch } }));
    });
    this.rows = new PanelData(this, {
      load: () => this.row !== null && this.#loadStrip(),
      show: (strip) => this.#showStrip(strip),
      fail: () => this.strip.say("The class over the epochs could not be loaded."),
    });
    this.facts = new PanelData(this, {
      load: () => this.row !== null && this.#shown.epoch !== null && this.#loadFacts(),
      show: (facts) => this.#showFacts(facts),
    });
    this.#listen();
    this.asked = readUrl("class");
  }

  #path(part) {
    return url(`/api/runs/${this.getAttribute("run")}/${part}/${this.row}`);
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
    this.fold.addEventListener("toggle", () => this.#drawRow());
    onThemeChange(() => this.#drawRow());
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
    else if (this.row === null && first < classes.length) this.#show(first);
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
    this.#picked = picked;
    writeUrl("class", String(row));
    this.#show(row);
    this.dispatchEvent(new CustomEvent("classchange", { bubbles: true, detail: { row } }));
  }

  #show(row) {
    this.row = row;
    this.querySelector(".class-body").hidden = false;
    this.querySelector(".class-empty").hidden = true;
    this.live("class-name").textContent = `“${this.classes[row]}”`;
    this.#drawRow();
    this.rows.renew();
    this.facts.renew();
  }

  // The page's player goes to another matrix, whose frame is on its way.
  showEpoch({ kind, epoch }) {
    const before = this.#shown;
    const own = kind in ROWS ? kind : "soft_labels";
    this.#shown = { ...before, kind: own, epoch, frame: epoch === before.epoch ? before.frame : null };
    if (own !== before.kind) this.rows.renew();
    if (epoch !== before.epoch) this.facts.renew(300);
  }

  // The page's player shows a frame.
  showFrame({ run, kind, epoch, scale, frame }) {
    const before = this.#shown;
    const own = kind in ROWS ? kind : "soft_labels";
    const plain = kind === own && run === Number(this.getAttribute("run")) && scale.mode !== "difference";
    this.#shown = { kind: own, epoch, scale: plain ? scale : LOG, frame: plain && frame.full ? frame : null };
    if (own !== before.kind) this.rows.renew();
    else this.#drawRow();
    this.#writeFacts();
    if (epoch !== before.epoch) this.facts.renew(300);
  }

  // An epoch was added; several come at once after a pause, so the fetch waits for them.
  renew() {
    this.rows.renew(800);
    this.facts.renew(800);
  }

  async #loadStrip() {
    const { row } = this;
    const { kind } = this.#shown;
    return { ...(await fetchMatrix(this.#path(`matrices/${kind}/class`))), row, kind };
  }

  async #loadFacts() {
    const { row } = this;
    const { epoch } = this.#shown;
    const run = this.getAttribute("run");
    const [detail, mistakes, samples] = await Promise.all([
      request("GET", `${this.#path("classes")}?epoch=${epoch}`), loadMistakes(run, epoch, row), loadSamples(run),
    ]);
    return { detail, mistakes, samples, row };
  }

  #showStrip(strip) {
    this.#strip = strip;
    this.#drawRow();
  }

  // Until the class has come for all epochs, its row stands in the heatmap's own frame.
  #drawRow() {
    const { epoch, kind, scale, frame } = this.#shown;
    if (this.row === null || epoch === null) return;
    const strip = this.#strip?.row === this.row && this.#strip.kind === kind && this.#strip.rows ? this.#strip : null;
    if (!strip && !(frame?.rows > this.row)) return;
    const own = strip ? atOrBefore(strip.epochs, epoch) : epoch;
    const drawn = {
      matrix: strip ?? frame, at: strip ? strip.epochs.indexOf(own) : this.row, own: this.row, classes: this.classes,
    };
    this.live("class-epoch").textContent = `${ROWS[kind]}, epoch ${own}`;
    showBars(this.querySelector(".bars"), drawn);
    const caption = `${ROWS[kind]} of class ${this.classes[this.row]}, epoch ${own}`;
    if (this.fold.open) showTable(this.querySelector(".row-table"), drawn, caption);
    if (!strip) return;
    const columns = columnsThatMatter(strip, this.row, BARS + 1);
    this.strip.draw({ frame: strip, columns, row: this.row, classes: this.classes, scale, epoch: own });
  }

  #showFacts({ detail, mistakes, samples, row }) {
    this.#detail = detail;
    this.#samples = samples;
    showMistakes(this.querySelector(".mistakes"), mistakes, row, this.classes);
    this.chart.fill(this.chart.traces.map(({ meta }) => lineOf(detail, meta.metric)));
    this.#writeFacts();
    this.#drawSamples();
  }

  // The class's images beside those of its strongest partners; a cell that was picked comes first.
  #drawSamples() {
    const picked = this.#detail.partners.find((partner) => partner.class === this.#picked);
    const partners = new Set([...(picked ? [picked] : []), ...this.#detail.partners]);
    const beside = [...partners].slice(0, PARTNERS).map(({ class: row, now }) => ({ row, note: percent(now) }));
    showSamples(this.querySelector(".samples"), this.#samples, this.classes, [
      { row: this.row, note: "" }, ...beside,
    ]);
  }

  #writeFacts() {
    const detail = this.#detail;
    if (!detail) return;
    const at = detail.epochs.indexOf(atOrBefore(detail.epochs, this.#shown.epoch ?? 0));
    for (const fact of this.querySelectorAll("[data-fact]")) {
      const found = detail[fact.dataset.fact];
      const value = Array.isArray(found) ? found[at] : found; // by epoch, or of the class as such
      fact.textContent = written(value, JSON.parse(fact.dataset.form));
    }
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
