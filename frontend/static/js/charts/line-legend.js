// Which line is which; a click switches a line off and on, a double click shows it alone.
import { patch } from "../core/patch.js";
import { dashOf, svg } from "./line-plot.js";

export class LineLegend {
  #lines = [];
  #shown = "";

  // changed(): a line was switched.
  constructor(list, changed) {
    Object.assign(this, { list, changed });
    list.addEventListener("click", (event) => this.#at(event, (name, off) => off.delete(name) || off.add(name)));
    list.addEventListener("dblclick", (event) => this.#at(event, (name) => this.#alone(name)));
  }

  show(figure) {
    this.figure = figure;
    this.#lines = figure.layout.showlegend ? figure.listed.filter(({ name }) => name) : [];
    const key = JSON.stringify(this.#lines.map(({ name, line }) => [name, line, figure.off.has(name)]));
    if (key === this.#shown) return;
    this.#shown = key;
    patch(this.list, this.#lines.map((trace) => this.#entry(trace)));
  }

  #entry(trace) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.ariaPressed = String(!this.figure.off.has(trace.name));
    button.append(swatch(trace), trace.name);
    item.append(button);
    return item;
  }

  #at(event, act) {
    const item = event.target.closest("li");
    if (!item) return;
    act(this.#lines[[...this.list.children].indexOf(item)].name, this.figure.off);
    this.changed();
  }

  #alone(name) {
    const others = this.figure.listed.map((line) => line.name).filter((other) => other !== name);
    const alone = others.every((other) => this.figure.off.has(other)) && !this.figure.off.has(name);
    this.figure.off = new Set(alone ? [] : others);
  }
}

export function swatch({ line, opacity }) {
  const picture = svg("svg", { viewBox: "0 0 22 8", width: 22, height: 8, "aria-hidden": "true" });
  picture.append(svg("path", {
    d: "M1 4h20", class: "line", stroke: line.color, "stroke-width": line.width, "stroke-dasharray": dashOf(line), opacity: opacity ?? 1,
  }));
  return picture;
}
