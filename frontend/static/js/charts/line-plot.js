// Draws lines, bands, axes and grid as SVG: colours and fonts are the style sheet's, so that themes,
// print and zoom need no drawing. Only what has changed is touched.
import { write } from "../core/patch.js";
import { tickWritten } from "../pure/number-format.js";
import { scale, ticks } from "../pure/axis.js";
import { dotsPath, linePath, visiblePoints } from "../pure/line-path.js";

const SPACE = { left: 46, right: 12, top: 8, bottom: 24, title: 16 }; // px around the lines
const APART = { x: 70, y: 34 }; // px between two ticks, about
const MOST_DOTS = 100; // points of a line that are dots too,
const ROOM = 12; // px, where they stand so far apart
const DASHES = { dash: [5, 4], dot: [1.5, 3], dashdot: [6, 3, 1.5, 3], longdash: [10, 4], longdashdot: [10, 3, 1.5, 3] };

export function svg(name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export const dashOf = ({ dash }) => DASHES[dash]?.join(" ") ?? "none";

export class LinePlot {
  #drawn = new Map(); // trace -> {group, line, dots}
  #marks = ""; // the ticks that stand there
  size = { width: 0, height: 0 };

  constructor(box) {
    this.root = svg("svg", { "aria-hidden": "true", class: "line-plot" });
    this.grid = svg("path", { class: "grid" });
    this.labels = svg("g", { class: "ticks" });
    this.curves = svg("svg", { class: "curves" }); // clips what lies outside
    this.root.append(this.grid, this.labels, this.curves);
    box.append(this.root);
  }

  // figure: a LineFigure; ranges: what it says of them.
  draw(figure, ranges) {
    const { width, height } = this.size;
    const { title } = figure.layout.xaxis;
    const bottom = SPACE.bottom + (title ? SPACE.title : 0);
    this.area = { left: SPACE.left, top: SPACE.top, width: width - SPACE.left - SPACE.right, height: height - SPACE.top - bottom };
    if (this.area.width < 20 || this.area.height < 20) return;
    this.x = scale(ranges.x, [0, this.area.width]);
    this.y = scale(ranges.y, [this.area.height, 0], figure.log);
    this.#axes(figure, ranges);
    this.#lines(figure);
  }

  #axes({ layout, form, log }, { x, y }) {
    const { left, top, width, height } = this.area;
    const across = ticks(x, width / APART.x, { whole: layout.xaxis.tickformat === "d" });
    const up = ticks(y, height / APART.y, { log });
    const marks = JSON.stringify([this.size, x, y, across.values, up.values, form.id, log]);
    if (marks === this.#marks) return;
    this.#marks = marks;
    for (const [name, value] of Object.entries({ x: left, y: top, width, height })) set(this.curves, name, String(value));
    const xs = across.values.map((value) => [value, left + this.x(value)]);
    const ys = up.values.map((value) => [value, top + this.y(value)]);
    this.grid.setAttribute("d", [
      ...xs.map(([, at]) => `M${at.toFixed(1)} ${top}v${height}`), ...ys.map(([, at]) => `M${left} ${at.toFixed(1)}h${width}`),
    ].join(""));
    this.#write([
      ...xs.map(([value, at]) => [tickWritten(layout.xaxis.tickformat, across.step, value), { x: at, y: top + height + 15, class: "across" }]),
      ...ys.map(([value, at]) => [tickWritten(form.tickformat, up.step, value), { x: left - 6, y: at + 3.5, class: "up" }]),
      ...(layout.xaxis.title ? [[layout.xaxis.title.text, { x: left + width / 2, y: top + height + 31, class: "across" }]] : []),
    ]);
  }

  // The labels, each [text, attributes]; a new one would cost a layout where one that moves does not.
  #write(labels) {
    while (this.labels.childElementCount > labels.length) this.labels.lastElementChild.remove();
    labels.forEach(([text, attributes], index) => {
      const element = this.labels.children[index] ?? this.labels.appendChild(svg("text"));
      for (const [name, value] of Object.entries(attributes)) set(element, name, String(value));
      write(element, text);
    });
  }

  #lines(figure) {
    const shown = new Set([...figure.bands, ...figure.lines]);
    for (const [trace, { group }] of this.#drawn) {
      if (shown.has(trace)) continue;
      group.remove();
      this.#drawn.delete(trace);
    }
    for (const trace of shown) {
      if (!this.#drawn.has(trace)) this.#begin(trace);
      this.#trace(trace, this.#drawn.get(trace));
    }
  }

  #begin(trace) {
    const group = svg("g", { opacity: trace.opacity ?? 1 });
    const line = svg("path", trace.meta.band ? { fill: trace.fillcolor } : {
      class: "line", stroke: trace.line.color, "stroke-width": trace.line.width, "stroke-dasharray": dashOf(trace.line),
    });
    const dots = svg("path", { class: "line", stroke: trace.line.color, "stroke-width": 4 });
    group.append(line, dots);
    this.curves.append(group);
    this.#drawn.set(trace, { group, line, dots });
  }

  #trace(trace, { line, dots }) {
    const xs = trace.x.map(this.x);
    const ys = trace.y.map((value) => (Number.isFinite(value) ? this.y(value) : null));
    const kept = trace.meta.band ? xs.keys() : visiblePoints(xs, ys, this.area.width);
    set(line, "d", `${linePath(xs, ys, kept)}${trace.meta.band && xs.length ? "Z" : ""}`);
    set(dots, "d", trace.meta.band || xs.length > Math.min(MOST_DOTS, this.area.width / ROOM) ? "" : dotsPath(xs, ys));
  }
}

function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
