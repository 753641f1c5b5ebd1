// Pointing at a line chart: values beside the pointer, a click on a point, a range that is dragged to
// look closer; the same by keys: arrows go from point to point, Enter picks, + and - zoom, Escape ends.
import { nearestIndex } from "../pure/line-path.js";
import { writtenAs } from "../pure/number-format.js";
import { swatch } from "./line-legend.js";

const DRAGGED = 6; // px from which a click is a drag
const SAME = 4; // px within which points of several lines are one place
const MOST_ROWS = 12; // of the box of values

export class LinePointer {
  #from = null; // where a drag began, px within the lines
  #frame = 0;
  point = null; // {x, epoch, rows: [{trace, y}]}

  // chart: the <metric-chart>; box: its plot.
  constructor(chart, box) {
    Object.assign(this, { chart, box });
    this.tip = part("chart-tip");
    this.line = part("hover-line");
    this.drag = part("zoom-box");
    box.append(this.line, this.drag, this.tip);
    box.addEventListener("pointermove", (event) => this.#moved(event));
    box.addEventListener("pointerleave", () => this.#from === null && this.leave());
    box.addEventListener("pointerdown", (event) => this.#pressed(event));
    box.addEventListener("pointerup", (event) => this.#released(event));
    box.addEventListener("pointercancel", () => this.#endDrag());
    box.addEventListener("dblclick", () => this.chart.zoomTo(null));
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("blur", () => this.leave());
    box.addEventListener("focus", () => this.#say());
  }

  get #plot() {
    return this.chart.plot;
  }

  #place(event) {
    const { left, top } = this.box.getBoundingClientRect();
    const { area } = this.#plot;
    return { x: event.clientX - left - area.left, y: event.clientY - top - area.top };
  }

  #moved(event) {
    if (!this.#plot.x) return;
    const at = this.#place(event);
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      if (this.#from !== null) this.#stretch(at.x);
      this.#show(this.#nearest(at));
    });
  }

  #pressed(event) {
    if (event.button !== 0 || !this.#plot.x || event.target.closest("button")) return;
    this.#from = this.#place(event).x;
    if (event.pointerType === "mouse") this.box.setPointerCapture(event.pointerId);
  }

  #released(event) {
    const from = this.#from;
    if (from === null) return;
    const at = this.#place(event);
    this.#endDrag();
    const ends = [from, at.x].sort((a, b) => a - b).map((pixel) => this.#plot.x.back(pixel));
    if (Math.abs(at.x - from) > DRAGGED) return this.chart.zoomTo(ends);
    cancelAnimationFrame(this.#frame);
    this.#show(this.#nearest(at));
    this.#pick();
  }

  #stretch(to) {
    const [left, right] = [this.#from, to].sort((a, b) => a - b);
    this.drag.hidden = right - left <= DRAGGED;
    const { area } = this.#plot;
    Object.assign(this.drag.style, { left: `${area.left + left}px`, width: `${right - left}px`, top: `${area.top}px`, height: `${area.height}px` });
  }

  #endDrag() {
    this.#from = null;
    this.drag.hidden = true;
  }

  // The point next to a place: that of the nearest line, or of all lines at the nearest x.
  #nearest({ x, y }) {
    const { closest, lines } = this.chart.figure;
    const { x: across, y: up } = this.#plot;
    let best = null;
    for (const trace of lines) {
      const index = nearestIndex(trace.x, across.back(x));
      const far = Math.abs(across(trace.x[index]) - x);
      const distance = closest ? Math.hypot(far, up(trace.y[index] ?? NaN) - y) : far;
      if (best === null || distance < best.distance) best = { trace, index, distance };
    }
    return best && this.#pointOf(best);
  }

  #pointOf({ trace, index }) {
    const { closest, lines } = this.chart.figure;
    const at = trace.x[index];
    const rows = (closest ? [trace] : lines)
      .map((line) => ({ line, place: nearestIndex(line.x, at) }))
      .filter(({ line, place }) => Math.abs(this.#plot.x(line.x[place]) - this.#plot.x(at)) <= SAME)
      .map(({ line, place }) => ({ trace: line, y: line.y[place] }));
    return { x: at, epoch: trace.customdata?.[index] ?? at, rows, index };
  }

  #show(point) {
    if (!point) return this.leave();
    const { area, x } = this.#plot;
    const left = area.left + x(point.x);
    this.point = point;
    this.line.hidden = false;
    Object.assign(this.line.style, { left: `${left}px`, top: `${area.top}px`, height: `${area.height}px` });
    this.#write(point);
    this.tip.hidden = false;
    const right = x(point.x) > area.width / 2;
    Object.assign(this.tip.style, right
      ? { left: "auto", right: `${this.#plot.size.width - left + 10}px` } : { left: `${left + 10}px`, right: "auto" });
    this.#say();
    this.chart.tell("epochhover", { epoch: point.epoch, x: point.x });
  }

  leave() {
    cancelAnimationFrame(this.#frame);
    if (!this.point) return;
    this.point = null;
    this.tip.hidden = this.line.hidden = true;
    this.chart.tell("epochhover", { epoch: null, x: null });
  }

  #write(point) {
    const head = document.createElement("b");
    head.textContent = this.#where(point);
    const { hoverformat } = this.chart.figure.form;
    const rows = point.rows.slice(0, MOST_ROWS).map(({ trace, y }) => {
      const row = document.createElement("span");
      const value = document.createElement("b");
      value.textContent = writtenAs(hoverformat, y);
      row.append(swatch(trace), trace.name, value);
      return row;
    });
    this.tip.replaceChildren(head, ...rows);
  }

  #where({ x, epoch }) {
    const { hoverformat, title } = this.chart.figure.layout.xaxis;
    const at = writtenAs(hoverformat, x);
    if (title) return `epoch ${epoch}, ${at} ${title.text}`;
    return this.chart.hasAttribute("plain") ? `step ${at}` : `epoch ${at}`;
  }

  #pick() {
    if (this.point) this.chart.tell("epochpick", { epoch: this.point.epoch });
  }

  // For those who read the chart by ear.
  #say() {
    const [line] = this.chart.figure.lines;
    const most = Math.max(0, (line?.x.length ?? 0) - 1);
    const words = this.point ? this.tip.innerText.replace(/\s+/g, " ") : "arrow keys read the values";
    const said = { "aria-valuemax": most, "aria-valuenow": Math.min(most, this.point?.index ?? most), "aria-valuetext": words };
    for (const [name, value] of Object.entries(said)) this.box.setAttribute(name, value);
  }

  #key(event) {
    const [line] = this.chart.figure.lines;
    if (!line || !this.#plot.x || event.ctrlKey || event.metaKey || event.target !== this.box) return;
    const last = line.x.length - 1;
    const at = this.point ? nearestIndex(line.x, this.point.x) : last;
    const go = { ArrowLeft: Math.max(0, at - 1), ArrowRight: Math.min(last, at + 1), Home: 0, End: last }[event.key];
    if (go !== undefined) this.#show(this.#pointOf({ trace: line, index: go }));
    else if (event.key === "Enter" || event.key === " ") this.#pick();
    else if (event.key === "+" || event.key === "=" || event.key === "-") this.chart.zoomBy(event.key === "-" ? 2 : 0.5, line.x[at]);
    else if (event.key === "Escape" && (this.point || this.chart.zoomed)) this.point ? this.leave() : this.chart.zoomTo(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function part(name) {
  const element = document.createElement("div");
  element.className = name;
  element.hidden = true;
  return element;
}
