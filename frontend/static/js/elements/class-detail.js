// <class-detail run="3">: one class, its row of the matrix as bars (largest first) and over all
// epochs as a second heatmap. Markup: frontend/templates/run.html. [ and ] step through classes.
// CustomEvents: `classchange` {row | null}, `epochpick` {epoch}.
import { fetchMatrix } from "../frame-store.js";
import { percent } from "../pure/format.js";
import { columnsThatMatter, topOfRow } from "../pure/pairs.js";
import { ClassStrip } from "../class-strip.js";
import { readUrl, writeUrl } from "../url-state.js";
import { onThemeChange } from "../theme.js";

const BARS = 15;

export class ClassDetail extends HTMLElement {
  #shown = null; // {frame, kind, epoch, scale}
  #strip = null; // {key, frame}
  #wanted = "";
  #timer = 0;
  row = null;

  connectedCallback() {
    this.classes = [];
    this.select = this.querySelector("select");
    this.bars = this.querySelector(".bars");
    this.body = this.querySelector(".class-body");
    this.strip = new ClassStrip(this.querySelector(".strip"), (epoch) => {
      this.dispatchEvent(new CustomEvent("epochpick", { bubbles: true, detail: { epoch } }));
    });
    this.select.addEventListener("change", () => {
      this.choose(this.select.value === "" ? null : Number(this.select.value));
    });
    for (const button of this.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input:not([type=range]), textarea, select");
      const by = { "[": -1, "]": 1 }[event.key];
      if (by && !typing && !event.ctrlKey && !event.metaKey) this.step(by);
    });
    onThemeChange(() => this.#drawStrip());
    this.asked = readUrl("class");
  }

  setClasses(classes) {
    this.classes = classes;
    const options = classes.map((name, index) => new Option(name, index));
    if (this.select.options.length !== classes.length + 1) {
      this.select.replaceChildren(this.select.options[0], ...options);
    }
    const asked = Number.parseInt(this.asked ?? "", 10);
    this.asked = null;
    if (asked >= 0 && asked < classes.length) this.choose(asked);
  }

  step(by) {
    const k = this.classes.length;
    if (k) this.choose(this.row === null ? (by > 0 ? 0 : k - 1) : (this.row + by + k) % k);
  }

  choose(row) {
    this.row = row;
    const open = row !== null && row < this.classes.length;
    this.body.hidden = !open;
    this.querySelector(".class-empty").hidden = open;
    this.querySelector('[data-live="class-name"]').textContent = open ? `“${this.classes[row]}”` : "";
    this.select.value = open ? String(row) : "";
    writeUrl("class", open ? String(row) : null);
    this.dispatchEvent(new CustomEvent("classchange", { bubbles: true, detail: { row } }));
    if (!open) return;
    this.#drawBars();
    this.#loadStrip();
  }

  // The page's player shows another frame.
  showFrame(shown) {
    const kind = this.#shown?.kind;
    this.#shown = shown;
    if (this.row === null) return;
    this.#drawBars();
    if (kind !== shown.kind || !this.#strip) this.#loadStrip();
    else this.#drawStrip();
  }

  // An epoch was added; several come at once after a pause, so the fetch waits for them.
  renew() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.row !== null && this.#loadStrip(), 800);
  }

  #drawBars() {
    const { frame, epoch } = this.#shown ?? {};
    if (!frame?.full || this.row >= frame.rows) return;
    this.querySelector('[data-live="class-epoch"]').textContent = `epoch ${epoch}`;
    const { top, rest, others } = topOfRow(frame, this.row, BARS);
    const most = Math.max(top[0].value, 1e-12);
    const entries = top.map(({ column, value }) => ({
      name: this.classes[column], value, kind: column === this.row ? "own" : "",
    }));
    if (others) entries.push({ name: `${others} others`, value: rest, kind: "rest" });
    while (this.bars.children.length > entries.length) this.bars.lastChild.remove();
    entries.forEach((entry, index) => {
      const item = this.bars.children[index] ?? this.#bar();
      item.className = entry.kind;
      item.children[0].textContent = item.children[0].title = entry.name;
      item.querySelector(".fill").style.width = `${Math.min(100, (100 * entry.value) / most)}%`;
      item.children[2].textContent = percent(entry.value, 2);
    });
  }

  #bar() {
    const item = document.createElement("li");
    item.innerHTML = `<span class="name"></span><span class="track"><span class="fill" style="display:block"></span></span><span class="num"></span>`;
    this.bars.append(item);
    return item;
  }

  async #loadStrip() {
    const kind = this.#shown?.kind;
    if (!kind) return;
    const { row } = this;
    const path = `/api/runs/${this.getAttribute("run")}/matrices/${kind}/class/${row}`;
    this.#wanted = path;
    try {
      const frame = await fetchMatrix(path);
      if (this.#wanted !== path) return;
      this.#strip = { frame, row };
      this.#drawStrip();
    } catch {
      if (this.#wanted === path) this.strip.say("The class over the epochs could not be loaded.");
    }
  }

  #drawStrip() {
    if (!this.#strip || !this.#shown || this.row === null) return;
    const { frame, row } = this.#strip;
    const columns = columnsThatMatter(frame, row, BARS + 1);
    this.strip.draw({ frame, columns, row, classes: this.classes, scale: this.#shown.scale, epoch: this.#shown.epoch });
  }
}

customElements.define("class-detail", ClassDetail);
