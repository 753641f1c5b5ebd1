// A thumbnail of the epoch under the pointer, above the slider.
import { paintThumbnail } from "../heatmap/matrix-painting.js";

const SIDE = 120; // CSS pixels
const HANDLE = 16; // a range input's handle keeps half its width from both ends

export class ScrubPreview {
  #wanted = null;

  // show(epoch) -> a promise of {drawn, pixels} or null.
  constructor(range, nearest, show) {
    this.range = range;
    this.nearest = nearest;
    this.load = show;
    this.box = document.createElement("div");
    this.box.className = "scrub-preview";
    this.box.hidden = true;
    this.box.setAttribute("aria-hidden", "true");
    this.box.innerHTML = "<canvas></canvas><span></span>";
    range.parentElement.append(this.box);
    range.addEventListener("pointermove", (event) => this.#point(event.clientX));
    for (const name of ["pointerleave", "pointerup", "pointercancel"]) range.addEventListener(name, () => this.hide());
  }

  hide() {
    this.#wanted = null;
    this.box.hidden = true;
  }

  #point(clientX) {
    if (this.range.disabled) return;
    const box = this.range.getBoundingClientRect();
    const share = (clientX - box.x - HANDLE / 2) / (box.width - HANDLE);
    const [least, most] = [Number(this.range.min), Number(this.range.max)];
    const epoch = this.nearest(least + Math.min(1, Math.max(0, share)) * (most - least));
    const parent = this.range.parentElement.getBoundingClientRect();
    const left = Math.min(parent.width - SIDE - 12, Math.max(4, clientX - parent.x - SIDE / 2));
    this.box.style.left = `${left}px`;
    this.#show(epoch);
  }

  async #show(epoch) {
    if (epoch === this.#wanted) return;
    this.#wanted = epoch;
    const preview = await this.load(epoch).catch(() => null);
    if (!preview || this.#wanted !== epoch) return;
    const [canvas, label] = this.box.children;
    const side = Math.round(SIDE * (window.devicePixelRatio || 1));
    if (canvas.width !== side) canvas.width = canvas.height = side;
    paintThumbnail(canvas, preview.drawn, preview.pixels);
    label.textContent = `epoch ${epoch}`;
    this.box.hidden = false;
    this.box.dataset.epoch = epoch;
  }
}
