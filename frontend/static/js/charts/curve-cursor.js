// The page's cursor in one chart. Across epochs it is a line. Across time or images each curve is
// elsewhere at an epoch: a dot on each says where; a line, at which x the pointer is.
import { nearestIndex } from "../pure/line-path.js";

export class CurveCursor {
  #at = { epoch: null, preview: false, x: null };

  get byPoint() {
    return this.chart.hasAttribute("by-point");
  }

  constructor(chart) {
    this.chart = chart;
    this.line = document.createElement("div");
    this.line.className = "cursor-line";
    this.line.hidden = true;
    this.dots = document.createElement("div");
    this.dots.className = "cursor-dots";
    chart.querySelector(".plot").append(this.line, this.dots);
  }

  move(at) {
    this.#at = at;
    this.place();
  }

  place() {
    const { x, area } = this.chart.plot;
    if (!x || this.#at.epoch === null || this.chart.hasAttribute("plain")) return;
    this.#placeLine(x, area);
    if (this.byPoint) this.dots.replaceChildren(...this.#points().map((point) => this.#dot(point)));
    else if (this.dots.firstChild) this.dots.replaceChildren();
  }

  #placeLine(x, area) {
    const at = this.byPoint ? this.#at.x : this.#at.epoch;
    const left = at === null ? -Infinity : x(at);
    this.line.hidden = !(left >= -1 && left <= area.width + 1);
    this.line.classList.toggle("preview", this.#at.preview);
    Object.assign(this.line.style, { left: `${area.left + left}px`, top: `${area.top}px`, height: `${area.height}px` });
  }

  // Of each curve the point nearest to the pointer, or to the epoch where no pointer is.
  #points() {
    return this.chart.figure.lines.filter(({ customdata }) => customdata?.length).map((trace) => {
      const [places, wanted] = this.#at.x === null ? [trace.customdata, this.#at.epoch] : [trace.x, this.#at.x];
      const index = nearestIndex(places, wanted);
      return { x: trace.x[index], y: trace.y[index], epoch: trace.customdata[index], colour: trace.line.color };
    });
  }

  #dot({ x, y, epoch, colour }) {
    const { plot } = this.chart;
    const mark = document.createElement("i");
    const [left, top] = [plot.x(x), plot.y(y)];
    mark.hidden = !(left >= 0 && left <= plot.area.width && top >= 0 && top <= plot.area.height);
    mark.dataset.epoch = epoch;
    Object.assign(mark.style, { left: `${plot.area.left + left}px`, top: `${plot.area.top + top}px`, background: colour });
    return mark;
  }
}
