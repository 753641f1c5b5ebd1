// The figure's canvas. `show(marks)`: each mark glides from where the mark of its key stands to its new
// place, fades in where it is new and out where it is gone; for a reader who asked for less motion all
// are there at once. Between two changes nothing is drawn. The pointer reads cells.
import { probability } from "../pure/format.js";
import { onThemeChange } from "../core/theme.js";
import { Painter } from "./paint.js";

const PACE = 110; // ms in which two thirds of a way are gone
const MOVING = ["x", "y", "w", "h", "alpha"];
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

export class Stage {
  #marks = new Map(); // key -> as drawn
  #targets = new Map(); // key -> as it shall be
  #frame = 0;
  #last = 0;

  // `arrange` is called when the size has changed: it shows anew.
  constructor(box, record, arrange) {
    this.box = box;
    this.canvas = box.querySelector("canvas");
    this.tip = box.querySelector(".tip");
    this.record = record;
    this.painter = new Painter(record, box);
    new ResizeObserver(() => {
      this.#measure();
      arrange();
      this.#settle();
    }).observe(box);
    onThemeChange(() => {
      this.painter.look();
      this.#draw();
    });
    box.addEventListener("pointermove", (event) => this.#point(event));
    box.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.#measure();
  }

  show(marks) {
    this.#targets = new Map(marks.map((mark) => [mark.key, mark]));
    for (const mark of marks) {
      const drawn = this.#marks.get(mark.key);
      const from = drawn ? Object.fromEntries(MOVING.map((name) => [name, drawn[name]])) : { alpha: 0 };
      this.#marks.set(mark.key, { ...mark, ...from });
    }
    for (const [key, mark] of this.#marks) if (!this.#targets.has(key)) this.#targets.set(key, { ...mark, alpha: 0, gone: true });
    // In the order of the new scene, on top of what leaves.
    const order = [...this.#targets.values()].sort((a, b) => Boolean(b.gone) - Boolean(a.gone));
    this.#marks = new Map(order.map(({ key }) => [key, this.#marks.get(key)]));
    this.tip.hidden = true;
    if (still.matches) this.#settle();
    else if (!this.#frame) {
      this.#last = performance.now();
      this.#frame = requestAnimationFrame(this.#step);
    }
  }

  #settle() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#move(1);
    this.#draw();
  }

  #step = (now) => {
    const share = 1 - Math.exp(-Math.min(100, now - this.#last) / PACE);
    this.#last = now;
    const moving = this.#move(share);
    this.#draw();
    this.#frame = moving ? requestAnimationFrame(this.#step) : 0;
  };

  #move(share) {
    let moving = false;
    for (const [key, target] of this.#targets) {
      const mark = this.#marks.get(key);
      for (const name of MOVING) {
        const left = target[name] - mark[name];
        const near = Math.abs(left) < (name === "alpha" ? 0.01 : 0.25);
        mark[name] = near || share === 1 ? target[name] : mark[name] + share * left;
        moving ||= !near && share < 1;
      }
      if (target.gone && mark.alpha === 0) {
        this.#marks.delete(key);
        this.#targets.delete(key);
      }
    }
    return moving;
  }

  #measure() {
    const { width, height } = this.box.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    Object.assign(this, { width, height, ratio });
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  }

  #draw() {
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.painter.paint(context, this.#marks.values());
  }

  #point(event) {
    const { left, top } = this.box.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const words = this.#wordsAt(x, y);
    this.tip.hidden = !words;
    if (!words) return;
    this.tip.textContent = words;
    this.tip.style.left = `${Math.max(0, Math.min(x + 12, this.width - this.tip.offsetWidth))}px`;
    this.tip.style.top = `${Math.max(0, y - 34)}px`;
  }

  #wordsAt(x, y) {
    const { names } = this.record;
    for (const mark of this.#marks.values()) {
      if (mark.alpha < 0.5 || x < mark.x || y < mark.y || x >= mark.x + mark.w || y >= mark.y + mark.h) continue;
      const share = (x - mark.x) / mark.w;
      if (mark.kind === "row") {
        const k = Math.floor(share * names.length);
        return `${mark.name} → ${names[k]}: ${probability(mark.values[k])}`;
      }
      if (mark.kind === "frame" && mark.run.frame) {
        const { rows } = mark.run.frame;
        return mark.run.at(Math.floor(((y - mark.y) / mark.h) * rows), Math.floor(share * rows));
      }
    }
    return "";
  }
}
