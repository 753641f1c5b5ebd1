// <metric-chart label="Accuracy"><script type="application/json">{data, layout, groups}</script>
//   <div class="plot"></div></metric-chart>
// Curves over epochs or steps, of a figure that Python built (backend/analysis/figures) in Plotly's
// form; live epochs extend it. It is drawn while it is near the window. Groups are metrics with one
// axis each, behind a switch. CustomEvents: `epochhover` {epoch | null, x}, `epochpick` {epoch},
// `groupchange` {group}.
// Attributes: `bare`, without head and legend; `plain`, its x axis counts steps; `by-point`, a point's
// epoch is its customdata and not its x.
import { CurveCursor } from "./curve-cursor.js";
import { ChartHead } from "./chart-head.js";
import { LineFigure } from "./line-figure.js";
import { LineLegend } from "./line-legend.js";
import { LinePlot } from "./line-plot.js";
import { LinePointer } from "./line-pointer.js";
import { whileNear } from "../core/panel-data.js";

export class MetricChart extends HTMLElement {
  #near = false;
  #stale = true;
  #due = false;
  #zoom = null; // [from, to] of x
  #whole = false; // outliers too

  connectedCallback() {
    if (this.figure) return;
    this.figure = new LineFigure(JSON.parse(this.querySelector("script").textContent));
    const box = this.querySelector(".plot");
    this.#describe(box);
    this.plot = new LinePlot(box);
    this.cursor = new CurveCursor(this);
    this.pointer = new LinePointer(this, box);
    if (!this.hasAttribute("bare")) this.#dress(box);
    this.resize = new ResizeObserver(([{ contentRect: { width, height } }]) => {
      this.plot.size = { width, height };
      this.redraw();
    });
    this.resize.observe(box);
    whileNear(this, (near) => {
      this.#near = near;
      if (near && this.#stale) this.redraw();
    });
    window.addEventListener("beforeprint", () => this.#stale && this.#draw());
  }

  #describe(box) {
    const said = {
      tabindex: 0, role: "slider", "aria-label": `${this.getAttribute("label")}, curves`,
      "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0, "aria-valuetext": "arrow keys read the values",
    };
    for (const [name, value] of Object.entries(said)) box.setAttribute(name, value);
  }

  #dress(box) {
    this.head = new ChartHead(this);
    const list = document.createElement("ul");
    list.className = "chart-legend";
    list.ariaLabel = "Lines";
    box.before(this.head.element, list);
    this.legend = new LineLegend(list, () => this.redraw());
  }

  // The traces as they stand.
  get traces() {
    return this.figure.traces;
  }

  get zoomed() {
    return this.#zoom !== null;
  }

  // In the same frame, and once however often it is asked for; out of sight, when it is seen again.
  redraw() {
    this.#stale = true;
    if (!this.#near || this.#due || !this.plot.size.width) return;
    this.#due = true;
    queueMicrotask(() => this.#draw());
  }

  #draw() {
    this.#due = this.#stale = false;
    const ranges = this.figure.ranges(this.#zoom, this.#whole);
    this.plot.draw(this.figure, ranges);
    this.legend?.show(this.figure);
    this.head?.show({ log: this.figure.log, outside: ranges.outside, whole: this.#whole, zoomed: this.zoomed });
    this.cursor.place();
    this.setAttribute("ready", "");
  }

  showGroup(id) {
    this.figure.showGroup(id);
    this.#zoom = null;
    this.pointer.leave();
    this.redraw();
    this.tell("groupchange", { group: id });
  }

  showLog(log) {
    this.figure.log = log;
    this.redraw();
  }

  showOutliers(whole) {
    this.#whole = whole;
    this.redraw();
  }

  // Looks closer at [from, to] of x; null: at all of it.
  zoomTo(range) {
    this.#zoom = range;
    this.pointer.leave();
    this.redraw();
  }

  zoomBy(factor, centre) {
    const [low, high] = this.figure.ranges().x;
    const [from, to] = this.#zoom ?? [low, high];
    const half = (factor * (to - from)) / 2;
    this.zoomTo(2 * half >= high - low ? null : [centre - half, centre + half]);
  }

  // One more epoch of one run.
  extend(run, epoch, metrics) {
    if (this.figure.extend(run, epoch, metrics)) this.redraw();
  }

  // New points for each trace, in the figure's order: {x, y, name?}; null: it has none.
  fill(points) {
    this.figure.fill(points);
    this.redraw();
  }

  // The server's newer figure (core/patch.js); what was chosen of it here stays.
  patched(fresh) {
    const groups = JSON.stringify(this.figure.groups);
    for (const name of ["plain", "by-point"]) this.toggleAttribute(name, fresh.hasAttribute(name));
    this.figure.take(JSON.parse(fresh.querySelector("script").textContent));
    if (this.head && JSON.stringify(this.figure.groups) !== groups) this.head.write();
    this.redraw();
  }

  // `x`: where the pointer is, in a chart whose x axis does not count epochs.
  setCursor(epoch, preview, x = null) {
    this.cursor?.move({ epoch, preview, x });
  }

  tell(name, detail) {
    if (name !== "groupchange" && this.hasAttribute("plain")) return; // nothing in it is of an epoch
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

customElements.define("metric-chart", MetricChart);
