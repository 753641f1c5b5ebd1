// While a matrix is zoomed: all of it, small, with the part in view marked; dragging there moves it.
import { paintThumbnail } from "./matrix-painting.js";
import { clampView, isWhole } from "../pure/viewport.js";

export class Minimap {
  #box = null;
  #painted = null;

  // target: the matrix-view
  constructor(target) {
    this.target = target;
  }

  show(layout, drawn, pixels) {
    if (isWhole(layout, layout.size)) {
      this.#box?.remove();
      this.#box = this.#painted = null;
      return;
    }
    this.#box ??= this.#build();
    const side = Math.round(Math.max(56, Math.min(120, layout.width * 0.2)));
    const { style } = this.#box;
    style.width = style.height = `${side}px`;
    style.left = `${layout.x + layout.width - side - 6}px`;
    style.top = `${layout.y + 6}px`;
    this.#paint(side, drawn, pixels);
    const mark = this.#box.lastElementChild.style;
    const length = (cells) => `${(cells / layout.size) * side}px`;
    Object.assign(mark, { left: length(layout.column), top: length(layout.row), width: length(layout.span), height: length(layout.span) });
  }

  #paint(side, drawn, pixels) {
    const canvas = this.#box.firstElementChild;
    const size = side * (window.devicePixelRatio || 1);
    const key = [drawn, pixels, size];
    if (this.#painted?.every((part, index) => part === key[index])) return;
    this.#painted = key;
    canvas.width = canvas.height = Math.round(size);
    paintThumbnail(canvas, drawn, pixels);
  }

  #build() {
    const box = document.createElement("div");
    box.className = "minimap";
    box.innerHTML = "<canvas></canvas><div></div>";
    box.setAttribute("aria-hidden", "true"); // the keys do the same
    const move = (event) => event.buttons && this.#move(event);
    box.addEventListener("pointerdown", (event) => {
      box.setPointerCapture(event.pointerId);
      move(event);
    });
    box.addEventListener("pointermove", move);
    this.target.append(box);
    return box;
  }

  #move(event) {
    const { layout } = this.target;
    const box = this.#box.getBoundingClientRect();
    const at = (pixels) => (pixels / box.width) * layout.size - layout.span / 2;
    const wanted = { row: at(event.clientY - box.y), column: at(event.clientX - box.x), span: layout.span };
    this.target.propose(clampView(wanted, layout.size));
    event.preventDefault();
  }
}
