// <plotly-chart src="…/plotly.min.js" label="Reliability"><script type="application/json">{data,
//   layout, groups}</script><div class="plot"></div></plotly-chart>
// A Plotly figure that Python built (backend/analysis/figures): bars, points, parallel axes. The
// library is fetched when the first chart nears the window, and what changes meanwhile is drawn then.
// Attribute: `bare`, without a head of its own.
import { CONFIG, plotly, themeColours } from "./plotting.js";
import { whileNear } from "../core/panel-data.js";
import { onThemeChange } from "../core/theme.js";

export class PlotlyChart extends HTMLElement {
  #figure = null;
  #near = false;
  #stale = true;
  #drawing = false;
  head = document.createElement("div");

  connectedCallback() {
    if (this.#figure) return;
    this.#figure = JSON.parse(this.querySelector("script").textContent);
    this.plot = this.querySelector(".plot");
    if (!this.hasAttribute("bare")) this.prepend(this.head);
    this.#write();
    whileNear(this, (near) => {
      this.#near = near;
      this.#draw();
    });
    onThemeChange(() => this.#redraw());
  }

  #write() {
    this.head.className = "chart-head";
    this.head.textContent = this.#figure.groups[0].title;
  }

  #redraw() {
    this.#stale = true;
    this.#draw();
  }

  async #draw() {
    if (!this.#near || !this.#stale || this.#drawing) return;
    this.#drawing = true;
    const Plotly = await plotly(this.getAttribute("src"));
    this.#stale = false;
    await Plotly.react(this.plot, this.#figure.data, this.#layout(), CONFIG);
    this.#drawing = false;
    this.setAttribute("ready", "");
    this.#draw(); // what came meanwhile
  }

  // The traces as they stand.
  get traces() {
    return this.#figure.data;
  }

  #layout() {
    const { layout } = this.#figure;
    const { ink, panel, line, family } = themeColours(this);
    return {
      ...layout,
      font: { ...layout.font, color: ink, family },
      hoverlabel: { ...layout.hoverlabel, bgcolor: panel, bordercolor: line, font: { size: 11, color: ink } },
    };
  }

  // The server's newer figure (core/patch.js).
  patched(fresh) {
    this.#figure = JSON.parse(fresh.querySelector("script").textContent);
    this.#write();
    this.#redraw();
  }

  // New points for each trace, in the figure's order.
  fill(points) {
    this.#figure.data = this.#figure.data.map((trace, index) => ({ ...trace, ...points[index] }));
    this.#redraw();
  }
}

customElements.define("plotly-chart", PlotlyChart);
