// <matrix-view run="3"><canvas></canvas><p class="matrix-empty"></p></matrix-view>
// One matrix on a canvas with class names on both axes, its colour scale, a tooltip.
// view.show({...}) draws; CustomEvent `classpick` {row} when a cell or label is clicked.
import { cellValue } from "../pure/codes.js";
import { buildTable } from "../pure/colour.js";
import { probability } from "../pure/format.js";
import { heatmapLayout, hit } from "../pure/layout.js";
import { drawAxes, drawScale, paintCells } from "../matrix-painting.js";
import { isDark, onThemeChange } from "../theme.js";

export class MatrixView extends HTMLElement {
  #shown = null; // {frame, classes, scale, hideDiagonal, axes, describe}
  #layout = null;
  #table = { key: "", pixels: null };
  #row = null;

  connectedCallback() {
    this.canvas = this.querySelector("canvas");
    this.empty = this.querySelector(".matrix-empty");
    this.tip = this.#part("tip");
    this.rowMark = this.#part("row-mark");
    this.cellMark = this.#part("cell-mark");
    new ResizeObserver(() => this.draw()).observe(this);
    onThemeChange(() => this.draw());
    this.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    this.canvas.addEventListener("pointerleave", () => this.#leave());
    this.canvas.addEventListener("click", (event) => {
      const cell = this.#cellAt(event);
      if (cell) this.dispatchEvent(new CustomEvent("classpick", { bubbles: true, detail: { row: cell.row } }));
    });
  }

  get runId() {
    return Number(this.getAttribute("run"));
  }

  get shown() {
    return this.#shown;
  }

  get layout() {
    return this.#layout;
  }

  show(shown) {
    this.#shown = shown;
    this.empty.hidden = Boolean(shown);
    this.draw();
    if (this.pointer) this.#hover(this.pointer);
  }

  say(text) {
    this.empty.textContent = text;
    this.empty.hidden = false;
  }

  mark(row) {
    this.#row = row;
    this.#placeRowMark();
  }

  // The table of the current scale and theme, built once for both.
  pixels(scale) {
    const key = `${scale.mode} ${scale.max} ${isDark()}`;
    if (this.#table.key !== key) this.#table = { key, pixels: buildTable(scale, isDark()) };
    return this.#table.pixels;
  }

  draw() {
    const { width, height } = this.getBoundingClientRect();
    if (!this.#shown || width < 40 || height < 40) return;
    const { frame, classes, scale } = this.#shown;
    const ratio = window.devicePixelRatio || 1;
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== pixelWidth || this.canvas.height !== pixelHeight) {
      this.canvas.width = pixelWidth;
      this.canvas.height = pixelHeight;
    }
    const context = this.canvas.getContext("2d", { alpha: true });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, pixelWidth, pixelHeight);
    this.#layout = heatmapLayout({
      width, height, ratio,
      rows: frame.rows, columns: frame.columns,
      labelWidth: this.#labelWidth(context, classes),
      scale: !this.hasAttribute("no-scale"),
    });
    const pixels = this.pixels(scale);
    paintCells(context, this.#layout, this.#shown, pixels, ratio);
    const style = getComputedStyle(this);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawAxes(context, this.#layout, this.#shown, style.color, style.fontFamily);
    if (this.#layout.scale) drawScale(context, this.#layout.scale, scale, style.color, isDark());
    this.#placeRowMark();
  }

  #labelWidth(context, classes) {
    // A preview has fewer cells than there are classes; its labels come with the full frame.
    if (this.#labels?.of !== classes) {
      context.font = `11px ${getComputedStyle(this).fontFamily}`;
      const widths = classes.map((name) => context.measureText(name).width);
      this.#labels = { of: classes, width: Math.ceil(Math.max(8, ...widths)) };
    }
    return this.#labels.width;
  }

  #labels = null;

  #part(name) {
    const part = document.createElement("div");
    part.className = name;
    part.hidden = true;
    this.append(part);
    return part;
  }

  #cellAt(event) {
    if (!this.#layout || !this.#shown?.frame.full) return null;
    const box = this.canvas.getBoundingClientRect();
    const { frame } = this.#shown;
    return hit(this.#layout, frame.rows, frame.columns, event.clientX - box.x, event.clientY - box.y);
  }

  #hover(event) {
    this.pointer = event;
    const cell = this.#cellAt(event);
    if (!cell || cell.column === null) {
      this.tip.hidden = this.cellMark.hidden = true;
      return;
    }
    const { x, y, cellWidth, cellHeight } = this.#layout;
    this.#place(this.cellMark, x + cell.column * cellWidth, y + cell.row * cellHeight, cellWidth, cellHeight);
    this.tip.replaceChildren(...this.#describe(cell));
    this.tip.hidden = false;
    const box = this.getBoundingClientRect();
    const [px, py] = [event.clientX - box.x, event.clientY - box.y];
    this.tip.style.left = `${Math.max(0, Math.min(px + 14, box.width - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${py > box.height - 70 ? py - this.tip.offsetHeight - 10 : py + 16}px`;
  }

  #describe({ row, column }) {
    const { frame, classes, describe } = this.#shown;
    const names = document.createElement("b");
    names.textContent = `${classes[row] ?? row} → ${classes[column] ?? column}`;
    const note = document.createElement("small");
    note.textContent = describe?.(row, column) ?? "";
    if (!note.textContent && frame.counts) note.textContent = `${frame.counts[row * frame.columns + column]} images`;
    const value = describe ? "" : ` ${probability(cellValue(frame, row, column))}`;
    return [names, value, note];
  }

  #leave() {
    this.pointer = null;
    this.tip.hidden = this.cellMark.hidden = true;
  }

  #placeRowMark() {
    const rows = this.#shown?.frame.full ? this.#shown.frame.rows : 0;
    if (this.#row === null || !this.#layout || this.#row >= rows) {
      this.rowMark.hidden = true;
      return;
    }
    const { x, y, width, cellHeight } = this.#layout;
    this.#place(this.rowMark, x, y + this.#row * cellHeight, width, cellHeight);
  }

  #place(part, x, y, width, height) {
    part.hidden = false;
    Object.assign(part.style, {
      left: `${x - 1.5}px`, top: `${y - 1.5}px`, width: `${width + 3}px`, height: `${height + 3}px`,
    });
  }
}

customElements.define("matrix-view", MatrixView);
