// <scale-row><canvas></canvas></scale-row>: the colour scale that several views share; while
// differences are shown, theirs beside it.
import { drawScaleRow } from "./axes.js";
import { isDark, onThemeChange } from "../core/theme.js";

const WIDTH = 260;

class ScaleRow extends HTMLElement {
  #scales = [];

  connectedCallback() {
    onThemeChange(() => this.#draw());
  }

  show(scales) {
    if (JSON.stringify(scales) === JSON.stringify(this.#scales)) return;
    this.#scales = scales;
    this.#draw();
  }

  #draw() {
    const canvas = this.querySelector("canvas");
    this.style.width = `${WIDTH * this.#scales.length}px`;
    const { width, height } = this.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const { color, fontFamily } = getComputedStyle(this);
    this.#scales.forEach((scale, index) => {
      const box = { start: index * WIDTH, width: WIDTH, height };
      drawScaleRow(context, box, scale, color, fontFamily, isDark());
    });
  }
}

customElements.define("scale-row", ScaleRow);
