// <matrix-view run="3"><canvas></canvas><p class="matrix-empty"></p></matrix-view>
// One matrix on a canvas with class names on both axes, its colour scale, tooltip, minimap, tree.
// show({...}) draws, arrange({...}) orders, lookAt(view) zooms. CustomEvents: `classpick` {row},
// `cellpick` {row, column} (classes), `treepick` {node}, `viewchange` {view}, `needfull`,
// `classhover` {row}, null when the pointer has left.
import { drawAxes, drawScale } from "./axes.js";
import { drawValues } from "./cell-values.js";
import { compose } from "./compose.js";
import { Gestures } from "./gestures.js";
import { Marks } from "./marks.js";
import { Minimap } from "./minimap.js";
import { drawPairLabels } from "./pair-labels.js";
import { Pointer } from "./pointer.js";
import { drawTree } from "./tree.js";
import { drawBlocks, paintCells } from "./matrix-painting.js";
import { arrange, groupName } from "../pure/arrange.js";
import { buildTable, scaleKey } from "../pure/colour.js";
import { heatmapLayout } from "../pure/layout.js";
import { clampView, isWhole, reveal, whole } from "../pure/viewport.js";
import { isDark, onThemeChange } from "../core/theme.js";

export class MatrixView extends HTMLElement {
  #shown = null; // {frame, base, classes, scale, hideDiagonal, labels, axes, epoch, kind, note}
  #drawn = null; // {frame, order, scale, hideDiagonal}: the cells as they stand
  #ordered = { arrangement: null, blocks: [], tree: null }; // tree: {shown, most}
  #view = null; // null: all
  #layout = null;
  #around = ""; // what axes and scale were painted for
  #table = { key: "", pixels: null };
  #labels = { of: null, width: 0 };
  #size = { width: 0, height: 0 };
  #look = {}; // the page's style, looked up once: it would cost a layout a frame
  #frame = 0;
  #plain = null; // the arrangement where none was given: classes by index

  connectedCallback() {
    this.canvas = this.querySelector("canvas");
    this.empty = this.querySelector(".matrix-empty");
    this.marks = new Marks(this);
    this.gestures = new Gestures(this);
    this.pointer = new Pointer(this);
    this.minimap = new Minimap(this);
    new ResizeObserver(() => this.#resized()).observe(this);
    onThemeChange(() => this.#resized());
    this.#resized();
  }

  get runId() {
    return Number(this.getAttribute("run"));
  }

  get shown() {
    return this.#shown;
  }

  get drawn() {
    return this.#drawn;
  }

  get layout() {
    return this.#layout;
  }

  get tree() {
    return this.#ordered.tree;
  }

  get arrangement() {
    const k = this.#shown?.classes.length || this.#shown?.frame.rows || 0;
    const { arrangement } = this.#ordered;
    if (arrangement?.placeOf.length === k) return arrangement;
    if (this.#plain?.placeOf.length !== k) this.#plain = arrange(k);
    return this.#plain;
  }

  // Rows as they stand: classes, or groups of them.
  get size() {
    return this.arrangement.members.length;
  }

  get view() {
    return this.#view ? clampView(this.#view, this.size) : whole(this.size);
  }

  propose = (view) => {
    const detail = { view: isWhole(view, this.size) ? null : view };
    this.dispatchEvent(new CustomEvent("viewchange", { bubbles: true, detail }));
  };

  show(shown) {
    this.#shown = shown;
    if (this.empty.hidden !== Boolean(shown)) this.empty.hidden = Boolean(shown);
    this.#drawn = compose(shown, this.arrangement);
    this.draw();
    this.pointer.again();
  }

  say(text) {
    this.empty.textContent = text;
    this.empty.hidden = false;
  }

  arrange(ordered) {
    this.#ordered = ordered;
    this.marks.cell = null;
    this.#around = "";
    if (this.#shown) this.#drawn = compose(this.#shown, this.arrangement);
  }

  lookAt(view) {
    this.#view = view;
    this.canvas.style.touchAction = view ? "none" : "pan-x pan-y";
    this.#later();
  }

  mark(row) {
    this.marks.row = row;
  }

  // Marks a cell, given as classes, and brings it near enough to be read.
  showCell(row, column) {
    const { placeOf } = this.arrangement;
    this.marks.cell = { row: placeOf[row], column: placeOf[column] };
    const near = this.#layout ? Math.max(4, Math.floor(this.#layout.width / 14)) : 20;
    this.propose(reveal(this.view, this.size, placeOf[row], placeOf[column], near));
    this.#later();
  }

  // The keyboard's cell cursor: it takes the view with it and reads out where it is.
  step(rows, columns) {
    if (!this.#layout) return;
    const from = this.marks.cell ?? { row: Math.floor(this.view.row), column: Math.floor(this.view.column) };
    const inside = (at) => Math.min(this.size - 1, Math.max(0, at));
    const cell = { row: inside(from.row + rows), column: inside(from.column + columns) };
    this.marks.cell = cell;
    this.propose(reveal(this.view, this.size, cell.row, cell.column));
    this.dispatchEvent(new CustomEvent("needfull", { bubbles: true }));
    this.#later();
  }

  pick() {
    if (this.marks.cell) this.pointer.pick(this.marks.cell);
  }

  // The table of the current scale and theme, built once for both.
  pixels(scale) {
    const key = `${scaleKey(scale)} ${isDark()}`;
    if (this.#table.key !== key) this.#table = { key, pixels: buildTable(scale, isDark()) };
    return this.#table.pixels;
  }

  draw() {
    cancelAnimationFrame(this.#frame);
    const { width, height } = this.#size;
    if (!this.#drawn || width < 40 || height < 40) return;
    const ratio = window.devicePixelRatio || 1;
    const { classes, scale } = this.#shown;
    const context = this.canvas.getContext("2d");
    const layout = heatmapLayout({
      width, height, ratio, size: this.size, view: this.view,
      labelWidth: this.#labelWidth(context, classes),
      scale: !this.hasAttribute("no-scale"), tree: Boolean(this.#ordered.tree),
    });
    this.#layout = layout;
    const around = JSON.stringify([layout, scale, isDark(), this.#shown.axes, ratio, classes.length]);
    if (around !== this.#around) this.#drawAround(context, ratio);
    this.#around = around;
    paintCells(context, layout, this.#drawn, this.pixels(scale), ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawValues(context, layout, this, this.#look.fontFamily);
    if (this.#ordered.blocks.length) drawBlocks(context, layout, this.#ordered.blocks, this.#look.color);
    drawPairLabels(context, layout, this, this.#look);
    this.minimap.show(layout, this.#drawn, this.pixels(scale));
    this.marks.place(this.pointer.over);
  }

  #drawAround(context, ratio) {
    const { width, height } = this.#size;
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== pixelWidth || this.canvas.height !== pixelHeight) {
      Object.assign(this.canvas, { width: pixelWidth, height: pixelHeight });
    }
    const { classes, axes, scale } = this.#shown;
    const { members } = this.arrangement;
    const { color, fontFamily, accent } = this.#look;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    drawAxes(context, this.#layout, (place) => groupName(members[place], classes), axes, color, fontFamily);
    if (this.#layout.scale) drawScale(context, this.#layout.scale, scale, color, isDark());
    const { tree } = this.#ordered;
    if (tree) drawTree(context, this.#layout, tree.shown, tree.most, color, accent);
  }

  // Another frame as it would be drawn, for a thumbnail.
  thumbnail(loaded) {
    if (!this.#shown) return null;
    return { drawn: compose({ ...this.#shown, ...loaded }, this.arrangement), pixels: this.pixels(this.#shown.scale) };
  }

  #resized() {
    const { width, height } = this.getBoundingClientRect();
    const { color, fontFamily, backgroundColor } = getComputedStyle(this);
    this.#size = { width, height };
    this.#look = { color, fontFamily, background: backgroundColor, accent: getComputedStyle(this.marks.rowMark).borderTopColor };
    this.#around = "";
    this.draw();
  }

  #later() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.draw();
      this.pointer.again();
    });
  }

  #labelWidth(context, classes) {
    if (this.#labels.of !== classes) {
      context.font = `11px ${this.#look.fontFamily}`;
      const widths = classes.map((name) => context.measureText(name).width);
      this.#labels = { of: classes, width: Math.ceil(Math.max(8, ...widths)) };
    }
    return this.#labels.width;
  }
}

customElements.define("matrix-view", MatrixView);
