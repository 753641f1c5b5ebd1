// <parallel-axes label="…"><script type="application/json">{axes: [{title, places, marks}], lines:
//   [{number, state, best}]}</script></parallel-axes>
// Each setting as a line through its values, one vertical axis for each field (backend/analysis/
// searches.py). Dragging along an axis keeps the lines that pass there; a click on it frees the axis.
// Says `linesshown` with {numbers: Set or null}.
import { svg } from "./line-plot.js";

const TOP = 42;
const FOOT = 30; // below it pass the lines of settings without the field
const HEIGHT = 300;
const NEAR = 4; // pixels that are a click and no drag
const LETTER = 6.5; // pixels of a title's letter

class ParallelAxes extends HTMLElement {
  #data = null;
  #brushes = new Map(); // axis -> [low, high], 0 to 1
  #drag = null;

  connectedCallback() {
    if (this.#data) return;
    this.#data = JSON.parse(this.querySelector("script").textContent);
    this.svg = svg("svg", { role: "img", "aria-label": this.getAttribute("label") });
    this.append(this.svg);
    this.watch = new ResizeObserver(() => this.#draw());
    this.watch.observe(this);
    this.svg.addEventListener("pointerdown", (event) => this.#begin(event));
    this.svg.addEventListener("pointermove", (event) => this.#move(event));
    this.svg.addEventListener("pointerup", (event) => this.#end(event));
    this.svg.addEventListener("pointercancel", () => (this.#drag = null));
  }

  disconnectedCallback() {
    this.watch.disconnect();
  }

  // The server's newer settings (core/patch.js); what is brushed stays.
  patched(fresh) {
    const text = fresh.querySelector("script").textContent;
    if (text === this.querySelector("script").textContent) return;
    this.querySelector("script").textContent = text;
    this.#data = JSON.parse(text);
    this.#draw();
    this.#tell();
  }

  // The settings that pass every brush; null where nothing is brushed.
  get shown() {
    if (!this.#brushes.size) return null;
    const passes = (index) => [...this.#brushes].every(([axis, [low, high]]) => {
      const place = this.#data.axes[axis]?.places[index];
      return place !== null && place >= low && place <= high;
    });
    return new Set(this.#data.lines.filter((_, index) => passes(index)).map(({ number }) => number));
  }

  #x(axis) {
    const { length } = this.#data.axes;
    return 60 + (axis * (this.clientWidth - 120)) / Math.max(1, length - 1);
  }

  #y(place) {
    return place === null ? HEIGHT - 8 : HEIGHT - FOOT - place * (HEIGHT - TOP - FOOT);
  }

  #draw() {
    const { axes, lines } = this.#data;
    this.svg.setAttribute("viewBox", `0 0 ${this.clientWidth} ${HEIGHT}`);
    this.svg.setAttribute("height", HEIGHT);
    const shown = this.shown;
    const order = lines.map((line, index) => ({ ...line, index })).sort((a, b) => a.best - b.best);
    const paths = order.map(({ number, state, best, index }) => {
      const d = axes.map(({ places }, axis) => `${axis ? "L" : "M"}${this.#x(axis).toFixed(1)} ${this.#y(places[index]).toFixed(1)}`).join("");
      return svg("path", { d, class: `line ${state}${best ? " best" : ""}${shown && !shown.has(number) ? " off" : ""}` });
    });
    this.svg.replaceChildren(...paths, ...axes.map((axis, number) => this.#axis(axis, number)));
  }

  #axis({ title, marks }, number) {
    const group = svg("g", { class: "axis", "data-axis": number });
    const x = this.#x(number);
    group.append(svg("line", { x1: x, x2: x, y1: this.#y(1), y2: this.#y(0) }));
    const gap = this.#x(1) - this.#x(0); // narrow: every other title a line lower, with twice the room
    const low = gap < 120 && number % 2;
    group.append(text(x, low ? 25 : 12, title, "title", ((gap < 120 ? 2 : 1) * gap) / LETTER));
    for (const [place, words] of marks) group.append(text(x + 5, this.#y(place) + 4, words, "mark", Math.min(18, gap / LETTER)));
    const brush = this.#brushes.get(number);
    if (brush) group.append(svg("rect", { class: "brush", x: x - 7, width: 14, y: this.#y(brush[1]), height: Math.max(2, this.#y(brush[0]) - this.#y(brush[1])) }));
    group.append(svg("rect", { class: "reach", x: x - 16, width: 32, y: TOP - 10, height: HEIGHT - TOP - FOOT + 20 }));
    return group;
  }

  #begin(event) {
    const axis = event.target.closest("[data-axis]")?.dataset.axis;
    if (axis === undefined || !event.isPrimary) return;
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    this.#drag = { axis: Number(axis), from: event.offsetY };
  }

  #move({ offsetY }) {
    if (!this.#drag) return;
    const { axis, from } = this.#drag;
    const place = (y) => Math.min(1, Math.max(0, (HEIGHT - FOOT - y) / (HEIGHT - TOP - FOOT)));
    if (Math.abs(offsetY - from) < NEAR) this.#brushes.delete(axis);
    else this.#brushes.set(axis, [Math.min(place(from), place(offsetY)), Math.max(place(from), place(offsetY))]);
    this.#draw();
  }

  #end(event) {
    if (!this.#drag) return;
    this.#move(event);
    this.#drag = null;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("linesshown", { bubbles: true, detail: { numbers: this.shown } }));
  }
}

// most: letters for which there is room
function text(x, y, words, kind, most) {
  const node = svg("text", { x, y, class: kind });
  node.textContent = words.length > most ? `${words.slice(0, Math.max(3, most - 1))}…` : words;
  return node;
}

customElements.define("parallel-axes", ParallelAxes);
