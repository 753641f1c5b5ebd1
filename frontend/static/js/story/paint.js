// Paints the marks of a scene on a canvas.
import { codeOf } from "../pure/codes.js";
import { buildTable, floorFor } from "../pure/colour.js";
import { drawScaleRow } from "../heatmap/axes.js";
import { paintThumbnail } from "../heatmap/matrix-painting.js";
import { isDark } from "../core/theme.js";
import { SIDE } from "./record.js";

const INKS = ["ink", "ink-2", "ink-3", "line-2", "accent", "panel", "hard", "soft", "soft-2", "up", "down"];

export class Painter {
  #inks = {};
  #pictures = new Map(); // of images, rows and frames, by what they show

  constructor(record, box) {
    this.record = record;
    this.box = box;
    this.look();
  }

  // Reads the colours of the page's theme.
  look() {
    const probe = document.createElement("i");
    this.box.append(probe);
    for (const name of INKS) {
      probe.style.color = `var(--${name})`;
      this.#inks[name] = getComputedStyle(probe).color;
    }
    probe.remove();
    this.family = getComputedStyle(this.box).fontFamily;
    this.#pictures.clear();
  }

  paint(context, marks) {
    for (const mark of marks) {
      if (mark.alpha <= 0.004) continue;
      context.globalAlpha = Math.min(1, mark.alpha);
      this[mark.kind](context, mark);
    }
    context.globalAlpha = 1;
  }

  image(context, { index, x, y, w, h }) {
    context.imageSmoothingEnabled = w < SIDE * 1.5;
    context.drawImage(this.#picture(index, () => this.#glyph(index)), x, y, w, h);
  }

  row(context, { values, x, y, w, h }) {
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#picture(values, () => this.#cells(values)), x, y, w, h);
  }

  bar(context, { x, y, w, h, ink }) {
    context.fillStyle = this.#inks[ink];
    context.fillRect(x, y, w, h);
  }

  ring(context, { x, y, w, h, ink, dashed }) {
    context.strokeStyle = this.#inks[ink];
    context.lineWidth = 1.25;
    context.setLineDash(dashed ? [6, 6] : []);
    context.strokeRect(x, y, w, h);
    context.setLineDash([]);
  }

  text(context, { words, x, y, h, weight, align, ink }) {
    context.font = `${weight} ${h}px ${this.family}`;
    context.textAlign = align;
    context.textBaseline = "middle";
    // A rim of the background keeps words on a heatmap readable.
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = this.#inks.panel;
    context.strokeText(words, x, y);
    context.fillStyle = this.#inks[ink];
    context.fillText(words, x, y);
  }

  scale(context, { x, y, w, h, alpha }) {
    context.save();
    context.translate(x - 20, y);
    drawScaleRow(context, { start: 0, width: w + 44, height: h }, this.#scale(this.record.names.length), this.#inks["ink-3"], this.family, isDark());
    context.restore();
    context.globalAlpha = alpha;
  }

  // The whole matrix of the reader's own run, in its own number of classes.
  frame(context, { x, y, w, h, run }) {
    if (!run.frame) return;
    const ratio = context.getTransform().a;
    const side = Math.round(w * ratio);
    const picture = this.#picture(`${run.id} ${side}`, () => {
      const canvas = surface(side, side);
      const { exact, low, high, rows } = run.frame; // a loop's own matrix may hold any numbers
      const scale = exact ? { mode: "range", low, high } : this.#scale(rows);
      paintThumbnail(canvas, { frame: run.frame, order: null, hideDiagonal: false, scale }, buildTable(scale, isDark()));
      return canvas;
    });
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, x, y, w, h);
  }

  #scale(classes) {
    return { mode: "log", floor: floorFor(classes) };
  }

  #picture(key, make) {
    if (!this.#pictures.has(key)) this.#pictures.set(key, make());
    return this.#pictures.get(key);
  }

  // White on black in the data; ink on the panel here, in both themes.
  #glyph(index) {
    const canvas = surface(SIDE, SIDE);
    const context = canvas.getContext("2d");
    context.fillStyle = this.#inks.ink;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    const image = context.createImageData(SIDE, SIDE);
    this.record.image(index).forEach((value, at) => image.data.set([r, g, b, value], 4 * at));
    context.putImageData(image, 0, 0);
    return canvas;
  }

  #cells(values) {
    const canvas = surface(values.length, 1);
    const context = canvas.getContext("2d");
    const image = context.createImageData(values.length, 1);
    const pixels = new Uint32Array(image.data.buffer);
    const table = this.#picture("table", () => buildTable(this.#scale(this.record.names.length), isDark()));
    values.forEach((value, at) => (pixels[at] = table[codeOf(value)]));
    context.putImageData(image, 0, 0);
    return canvas;
  }
}

function surface(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
