// One class of a run, as the class panel and the inspector beside the heatmap show it: its row of the
// shown matrix as bars and over the epochs, its facts, its images, its mistakes. Bars and strip stand
// in one order: the class itself, then what ever mattered to it.
import { write } from "../core/patch.js";
import { request } from "../core/api.js";
import { showBars } from "./class-bars.js";
import { ClassStrip } from "./class-strip.js";
import { fetchMatrix } from "../heatmap/frame-store.js";
import { loadMistakes, showMistakes } from "./mistakes.js";
import { PanelData } from "../core/panel-data.js";
import { floorFor } from "../pure/colour.js";
import { percent, written } from "../pure/format.js";
import { columnsThatMatter } from "../pure/pairs.js";
import { atOrBefore } from "../pure/timeline.js";
import { loadSamples, showSamples } from "./samples.js";
import { onThemeChange } from "../core/theme.js";
import { url } from "../core/url.js";

export const ROWS = { // kinds whose rows can be had for all epochs, and what such a row is called
  soft_labels: "soft label", val_probs: "mean softmax", confusion: "predictions",
};
const logFor = (classes) => ({ mode: "log", floor: floorFor(classes.length) });

export class ClassView extends HTMLElement {
  #shown = { kind: "soft_labels", epoch: null, scale: null, frame: null };
  #overEpochs = null; // {rows, columns, codes, epochs, row, kind}
  #facts = null; // {detail, mistakes, samples, row}
  picked = null; // the other class of a cell that was clicked
  row = null;
  classes = [];

  // `bars`: how many classes have one; `partners`: whose images stand beside the class's own; `names`:
  // the strip has them; `prefix`: of its data-live names.
  begin({ bars, partners, names, prefix = "" }) {
    this.limits = { bars, partners };
    this.live = (name) => this.querySelector(`[data-live="${prefix}${name}"]`);
    this.strip = new ClassStrip(this.querySelector(".strip"), (epoch) => {
      this.dispatchEvent(new CustomEvent("epochpick", { bubbles: true, detail: { epoch } }));
    }, { names });
    this.rows = new PanelData(this, {
      load: () => this.row !== null && this.#loadRows(),
      show: (rows) => this.#showRows(rows),
      fail: () => this.strip.say("The class over the epochs could not be loaded."),
    });
    this.facts = new PanelData(this, {
      load: () => this.row !== null && this.#shown.epoch !== null && this.#loadFacts(),
      show: (facts) => this.showFacts(facts),
    });
    onThemeChange(() => this.drawRow());
  }

  #path(part) {
    return url(`/api/runs/${this.getAttribute("run")}/${part}/${this.row}`);
  }

  show(row) {
    this.row = row;
    write(this.live("class-name"), `“${this.classes[row]}”`);
    this.drawRow();
    this.rows.begin();
    this.facts.begin();
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
    const usable = plain && frame.full ? frame : null;
    this.#shown = { kind: own, epoch, scale: plain ? scale : null, frame: usable };
    if (own !== before.kind) this.rows.renew();
    else this.drawRow();
    this.#writeFacts();
    if (epoch !== before.epoch) this.facts.renew(300);
  }

  // An epoch was added; several come at once after a pause, so the fetch waits for them.
  renew() {
    this.rows.renew(800);
    this.facts.renew(800);
  }

  async #loadRows() {
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

  #showRows(rows) {
    this.#overEpochs = rows;
    this.drawRow();
  }

  // Until the class has come for all epochs, its row stands in the heatmap's own frame.
  drawRow() {
    const { epoch, kind, scale, frame } = this.#shown;
    if (this.row === null || epoch === null) return;
    const { row, classes } = this;
    const over = this.#overEpochs?.row === row && this.#overEpochs.kind === kind && this.#overEpochs.rows ? this.#overEpochs : null;
    if (!over && !(frame?.rows > row)) return;
    const own = over ? atOrBefore(over.epochs, epoch) : epoch;
    const order = over && columnsThatMatter(over, row, this.limits.bars + 1);
    const drawn = { matrix: over ?? frame, at: over ? over.epochs.indexOf(own) : row, own: row, classes, order };
    write(this.live("class-epoch"), `${ROWS[kind]}, epoch ${own}`);
    showBars(this.querySelector(".bars"), drawn, this.limits.bars);
    this.rowDrawn(drawn, `${ROWS[kind]} of class ${classes[row]}, epoch ${own}`);
    if (over) this.strip.draw({ frame: over, columns: order, row, classes, scale: scale ?? logFor(classes), epoch: own });
  }

  // Another class's row of the shown frame, without its history; false where there is no frame.
  drawOther(row) {
    const { epoch, kind, frame } = this.#shown;
    if (!(frame?.rows > row)) return false;
    write(this.live("class-epoch"), `${ROWS[kind]}, epoch ${epoch}`);
    showBars(this.querySelector(".bars"), { matrix: frame, at: row, own: row, classes: this.classes }, this.limits.bars + 1);
    return true;
  }

  rowDrawn() {}

  showFacts(facts) {
    this.#facts = facts;
    showMistakes(this.querySelector(".mistakes"), facts.mistakes, facts.row, this.classes);
    this.#writeFacts();
    this.#drawSamples();
  }

  // The class's images beside those of its strongest partners; a cell that was picked comes first.
  #drawSamples() {
    const { detail, samples } = this.#facts;
    const picked = detail.partners.find((partner) => partner.class === this.picked);
    const partners = new Set([...(picked ? [picked] : []), ...detail.partners]);
    const beside = [...partners].slice(0, this.limits.partners);
    showSamples(this.querySelector(".samples"), samples, this.classes, [
      { row: this.row, note: "" }, ...beside.map(({ class: row, now }) => ({ row, note: percent(now) })),
    ]);
  }

  #writeFacts() {
    if (!this.#facts) return;
    const { detail } = this.#facts;
    const at = detail.epochs.indexOf(atOrBefore(detail.epochs, this.#shown.epoch ?? 0));
    for (const fact of this.querySelectorAll("[data-fact]")) {
      const measured = detail[fact.dataset.fact];
      const value = Array.isArray(measured) ? measured[at] : measured; // by epoch, or of the class as such
      write(fact, written(value, JSON.parse(fact.dataset.form)));
    }
  }
}
