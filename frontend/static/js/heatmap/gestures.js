// Wheel, drag, pinch and double click on a matrix's canvas become another part of it that is looked
// at: `propose(view)`. A click that was a drag is no click.
import { pointAt } from "../pure/layout.js";
import { isWhole, panBy, zoomAt } from "../pure/viewport.js";

const DRAG = 4; // CSS pixels from which on a press is a drag
const RESTS = 250; // ms after the page's last scrolling in which the wheel still means the page
const LINE = 16;

export class Gestures {
  #pointers = new Map(); // id -> {x, y}
  #moved = false;
  #scrolled = -Infinity;

  // target: {canvas, layout, view, size, propose}
  constructor(target) {
    this.target = target;
    const { canvas } = target;
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.#up(event));
    canvas.addEventListener("click", (event) => this.#moved && event.stopImmediatePropagation(), true);
    canvas.addEventListener("dblclick", (event) => this.#zoom(event, event.shiftKey ? 0.5 : 2));
    addEventListener("scroll", () => (this.#scrolled = performance.now()), { passive: true });
  }

  get dragging() {
    return this.#moved && this.#pointers.size > 0;
  }

  // In cells of the part that is asked for: it is drawn with the next picture only.
  #point(x, y) {
    const { canvas, layout, view } = this.target;
    const box = canvas.getBoundingClientRect();
    return pointAt({ ...layout, ...view, cell: this.#cell }, x - box.x, y - box.y);
  }

  get #cell() {
    return this.target.layout.width / this.target.view.span;
  }

  #zoom({ clientX, clientY }, factor) {
    const { layout, view, size, propose } = this.target;
    if (!layout) return;
    const { row, column, inside } = this.#point(clientX, clientY);
    if (inside) propose(zoomAt(view, size, factor, row, column));
  }

  #wheel(event) {
    const { layout, view, size } = this.target;
    if (!layout || !this.#point(event.clientX, event.clientY).inside) return;
    const out = event.deltaY > 0;
    // What already shows all leaves the wheel to the page; so does a page that is being scrolled.
    const pages = isWhole(view, size) && (out || performance.now() - this.#scrolled < RESTS);
    if (pages && !event.ctrlKey) return;
    event.preventDefault();
    const amount = event.deltaY * (event.deltaMode === 1 ? LINE : 1) * (event.ctrlKey ? 6 : 1);
    this.#zoom(event, Math.exp(-Math.max(-400, Math.min(400, amount)) * 0.0018));
  }

  #down(event) {
    if (event.button !== 0 || !this.target.layout) return;
    if (this.#pointers.size === 0) this.#moved = false;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.start = { x: event.clientX, y: event.clientY };
    this.grip = this.#point(event.clientX, event.clientY).inside;
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before || !this.grip) return;
    const now = { x: event.clientX, y: event.clientY };
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, before, now);
    else if (this.#pointers.size === 1) this.#drag(event, before, now);
    this.#pointers.set(event.pointerId, now);
  }

  #drag(event, before, now) {
    const { view, size, canvas, propose } = this.target;
    if (isWhole(view, size)) return;
    if (!this.#moved) {
      if (Math.hypot(now.x - this.start.x, now.y - this.start.y) < DRAG) return;
      this.#moved = true;
      canvas.setPointerCapture(event.pointerId);
      before = this.start;
    }
    propose(panBy(view, size, (before.y - now.y) / this.#cell, (before.x - now.x) / this.#cell));
  }

  #pinch(id, before, now) {
    const [, other] = [...this.#pointers].find(([key]) => key !== id);
    const { layout, view, size, propose } = this.target;
    const length = (a) => Math.max(8, Math.hypot(a.x - other.x, a.y - other.y));
    const middle = this.#point((before.x + other.x) / 2, (before.y + other.y) / 2);
    const zoomed = zoomAt(view, size, length(now) / length(before), middle.row, middle.column);
    this.#moved = true;
    const cell = layout.width / zoomed.span;
    propose(panBy(zoomed, size, (before.y - now.y) / 2 / cell, (before.x - now.x) / 2 / cell));
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
  }
}
