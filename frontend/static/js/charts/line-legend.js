// Which line is which; a click switches a line off and on, a double click shows it alone.
import { dashOf, svg } from "./line-plot.js";

export class LineLegend {
  #shown = "";

  // changed(): a line was switched.
  constructor(list, changed) {
    Object.assign(this, { list, changed });
  }

  show(figure) {
    const lines = figure.layout.showlegend ? figure.listed.filter(({ name }) => name) : [];
    const key = lines.map(({ name, line }) => `${name} ${line.color} ${line.dash}`).join("\n");
    if (key !== this.#shown) this.list.replaceChildren(...lines.map((trace) => this.#entry(figure, trace)));
    this.#shown = key;
    lines.forEach((trace, index) => {
      this.list.children[index].firstChild.setAttribute("aria-pressed", String(!figure.off.has(trace)));
    });
  }

  #entry(figure, trace) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.append(swatch(trace), trace.name);
    button.addEventListener("click", () => {
      if (!figure.off.delete(trace)) figure.off.add(trace);
      this.changed();
    });
    button.addEventListener("dblclick", () => {
      const alone = figure.lines.length === 1 && figure.lines[0] === trace;
      figure.off = new Set(alone ? [] : figure.listed.filter((other) => other !== trace));
      this.changed();
    });
    item.append(button);
    return item;
  }
}

export function swatch({ line, opacity }) {
  const picture = svg("svg", { viewBox: "0 0 22 8", width: 22, height: 8, "aria-hidden": "true" });
  picture.append(svg("path", {
    d: "M1 4h20", class: "line", stroke: line.color, "stroke-width": line.width, "stroke-dasharray": dashOf(line), opacity: opacity ?? 1,
  }));
  return picture;
}
