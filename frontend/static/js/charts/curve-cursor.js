// The page's cursor in one chart. Across epochs it is a line. Across time or images each curve is
// elsewhere at an epoch: a dot on each says where; a line, at which x the pointer is.
import { nearest } from "../pure/timeline.js";

export class CurveCursor {
  #at = { epoch: null, preview: false, x: null };

  // byPoint: a point's epoch is its customdata, not its x.
  constructor(plot, byPoint) {
    Object.assign(this, { plot, byPoint });
    this.line = document.createElement("div");
    this.line.className = "cursor-line";
    this.line.hidden = true;
    this.dots = document.createElement("div");
    this.dots.className = "cursor-dots";
  }

  // Once Plotly has drawn: before, it would sweep them away.
  attach() {
    this.plot.append(this.line, this.dots);
    this.plot.on("plotly_afterplot", () => this.place());
    this.place();
  }

  move(at) {
    this.#at = at;
    this.place();
  }

  place() {
    const { xaxis, yaxis } = this.plot._fullLayout ?? {};
    const { epoch, preview } = this.#at;
    if (!xaxis || epoch === null) return;
    this.#placeLine(xaxis, yaxis, preview);
    if (this.byPoint) this.dots.replaceChildren(...this.#points().map((point) => dot(point, xaxis, yaxis)));
  }

  #placeLine(xaxis, yaxis, preview) {
    const at = this.byPoint ? this.#at.x : this.#at.epoch;
    const x = at === null ? -Infinity : xaxis.l2p(at);
    this.line.hidden = !(x >= -1 && x <= xaxis._length + 1);
    this.line.classList.toggle("preview", preview);
    Object.assign(this.line.style, {
      left: `${xaxis._offset + x}px`, top: `${yaxis._offset}px`, height: `${yaxis._length}px`,
    });
  }

  // Of each curve the point nearest to the pointer, or to the epoch where no pointer is.
  #points() {
    const curves = this.plot.data.filter((trace) => trace.visible !== false && trace.customdata?.length && !trace.meta.band);
    return curves.map((trace) => {
      const [places, wanted] = this.#at.x === null ? [trace.customdata, this.#at.epoch] : [trace.x, this.#at.x];
      const index = places.indexOf(nearest(places, wanted));
      return { x: trace.x[index], y: trace.y[index], epoch: trace.customdata[index], colour: trace.line.color };
    });
  }
}

function dot({ x, y, epoch, colour }, xaxis, yaxis) {
  const mark = document.createElement("i");
  const [left, top] = [xaxis.d2p(x), yaxis.d2p(y)];
  mark.hidden = !(left >= 0 && left <= xaxis._length && top >= 0 && top <= yaxis._length);
  mark.dataset.epoch = epoch;
  Object.assign(mark.style, {
    left: `${xaxis._offset + left}px`, top: `${yaxis._offset + top}px`, background: colour,
  });
  return mark;
}
