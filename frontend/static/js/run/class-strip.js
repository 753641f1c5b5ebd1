// A class over the epochs: one column per epoch, one row for each class that ever mattered.
import { cellValue } from "../pure/codes.js";
import { buildTable, scaleKey } from "../pure/colour.js";
import { probability } from "../pure/format.js";
import { FONT, labelStep } from "../pure/layout.js";
import { isDark } from "../core/theme.js";

const LEFT = 88;
const BOTTOM = 34;
const TOP = 0; // its rows lie beside those of the bars

export class ClassStrip {
  #drawn = null;
  #pointer = null; // where it rests: what comes under it is told, too
  #table = { key: "", pixels: null };
  #size = { width: 0, height: 0 }; // asked for once: it would cost a layout an epoch
  #picture = { key: [], canvas: document.createElement("canvas") }; // all but the epoch's mark

  // `names`: whether each row has its class's name; beside bars those have it.
  constructor(box, onPick, { names = true } = {}) {
    this.box = box;
    this.names = names;
    this.left = names ? LEFT : 4;
    this.canvas = box.querySelector("canvas");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    box.append(this.tip);
    new ResizeObserver(() => this.#resized()).observe(box);
    this.#resized();
    this.canvas.addEventListener("pointermove", ({ clientX, clientY }) => this.#hover({ clientX, clientY }));
    this.canvas.addEventListener("pointerleave", () => this.#hover(null));
    this.canvas.addEventListener("click", (event) => {
      const place = this.#at(event);
      if (place) onPick(this.#drawn.frame.epochs[place.i]);
    });
  }

  say(text) {
    this.canvas.setAttribute("aria-label", text);
  }

  #resized() {
    const { width, height } = this.box.getBoundingClientRect();
    this.#size = { width, height };
    if (this.#drawn) this.draw(this.#drawn);
  }

  draw(drawn) {
    this.#drawn = drawn;
    const { width, height } = this.#size;
    if (width < 60 || height < 60) return;
    const { frame, columns, classes, row, scale, epoch } = drawn;
    const ratio = window.devicePixelRatio || 1;
    const key = [frame, classes, row, width, height, ratio, columns.join(), JSON.stringify(scale), isDark()];
    if (key.some((part, at) => part !== this.#picture.key[at])) this.#paint(key, drawn, ratio);
    const { canvas } = this.#picture;
    if (this.canvas.width !== canvas.width || this.canvas.height !== canvas.height) {
      Object.assign(this.canvas, { width: canvas.width, height: canvas.height });
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(canvas, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#mark(context, frame.epochs.indexOf(epoch), columns.length);
    if (this.#pointer) this.#hover(this.#pointer);
    this.box.toggleAttribute("ready", true);
  }

  #paint(key, drawn, ratio) {
    const { canvas } = this.#picture;
    const { width, height } = this.#size;
    this.#picture.key = key;
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { frame, columns } = drawn;
    this.cellWidth = (width - this.left - 12) / frame.rows;
    this.cellHeight = Math.min(22, (height - TOP - BOTTOM) / columns.length);
    this.ink = getComputedStyle(this.box).color;
    this.#cells(context, drawn);
    this.#labels(context, drawn);
  }

  #cells(context, { frame, columns, scale }) {
    const pixels = this.#pixels(scale);
    columns.forEach((column, j) => {
      for (let i = 0; i < frame.rows; i++) {
        const pixel = pixels[frame.codes[i * frame.columns + column]];
        context.fillStyle = `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
        // Half a pixel more closes the seams between cells of broken width.
        context.fillRect(this.left + i * this.cellWidth, TOP + j * this.cellHeight, this.cellWidth + 0.5, this.cellHeight - 1);
      }
    });
  }

  #mark(context, at, rows) {
    if (at < 0) return;
    context.strokeStyle = this.ink;
    context.lineWidth = 1.5;
    context.strokeRect(this.left + at * this.cellWidth - 1, TOP - 2, this.cellWidth + 2, rows * this.cellHeight + 3);
  }

  #labels(context, { frame, columns, classes, row }) {
    const style = getComputedStyle(this.box);
    context.fillStyle = style.color;
    context.textBaseline = "middle";
    context.textAlign = "right";
    if (this.names) columns.forEach((column, j) => {
      context.font = `${column === row ? 700 : 400} ${FONT}px ${style.fontFamily}`;
      context.fillText(classes[column] ?? column, this.left - 8, TOP + (j + 0.5) * this.cellHeight, this.left - 10);
    });
    context.font = `${FONT}px ${style.fontFamily}`;
    context.textAlign = "center";
    const y = TOP + columns.length * this.cellHeight + 9;
    const every = labelStep(this.cellWidth, 26);
    for (let i = 0; i < frame.rows; i += every) {
      context.fillText(String(frame.epochs[i]), this.left + (i + 0.5) * this.cellWidth, y);
    }
    context.fillText("epoch", this.left + (frame.rows * this.cellWidth) / 2, y + 15);
  }

  #pixels(scale) {
    const key = `${scaleKey(scale)} ${isDark()}`;
    if (this.#table.key !== key) this.#table = { key, pixels: buildTable(scale, isDark()) };
    return this.#table.pixels;
  }

  #at({ clientX, clientY }) {
    if (!this.#drawn) return null;
    const box = this.canvas.getBoundingClientRect();
    const i = Math.floor((clientX - box.x - this.left) / this.cellWidth);
    const j = Math.floor((clientY - box.y - TOP) / this.cellHeight);
    const { frame, columns } = this.#drawn;
    return i >= 0 && i < frame.rows && j >= 0 && j < columns.length ? { i, j } : null;
  }

  #hover(pointer) {
    this.#pointer = pointer;
    const place = pointer && this.#at(pointer);
    this.tip.hidden = !place;
    if (!place) return;
    const { frame, columns, classes } = this.#drawn;
    const column = columns[place.j];
    this.tip.textContent = `${classes[column]}, epoch ${frame.epochs[place.i]}: ${probability(cellValue(frame, place.i, column))}`;
    const box = this.box.getBoundingClientRect();
    this.tip.style.left = `${Math.max(0, Math.min(pointer.clientX - box.x + 12, box.width - this.tip.offsetWidth))}px`;
    this.tip.style.top = `${Math.max(0, pointer.clientY - box.y - 34)}px`;
  }
}
