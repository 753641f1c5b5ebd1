// <metric-chart label="Accuracy"><script type="application/json">{data, layout, groups}</script>
//   <div class="plot"></div></metric-chart>
// A Plotly figure built by backend/analysis/figures/curves.py; live epochs extend it. Groups are metrics with one
// axis each, behind a switch. CustomEvents: `epochhover` {epoch | null, x}, `epochpick` {epoch},
// `groupchange` {group}.
// Attributes: `bare`, without a head of its own; `lazy`, drawn when it nears the window; `plain`,
// nothing in it is of an epoch; `by-point`, a point's epoch is its customdata and not its x.
import { CurveCursor } from "./curve-cursor.js";
import { whenNear } from "../core/panel-data.js";
import { CONFIG, plotlyReady, themeColours } from "./plotting.js";
import { onThemeChange } from "../core/theme.js";

export class MetricChart extends HTMLElement {
  #figure = null;
  #drawn = false;
  #cursor = null;

  connectedCallback() {
    this.#figure = JSON.parse(this.querySelector("script").textContent);
    this.group = this.#figure.group ?? this.#figure.groups[0].id;
    this.free = !this.#figure.layout.yaxis.range; // the axis follows the values
    this.plot = this.querySelector(".plot");
    this.#cursor = new CurveCursor(this.plot, this.hasAttribute("by-point"));
    if (!this.hasAttribute("bare")) this.#head();
    if (this.hasAttribute("lazy")) whenNear(this, () => this.#draw());
    else this.#draw();
    onThemeChange(() => this.#drawn && window.Plotly.relayout(this.plot, this.#colours()));
  }

  #head() {
    const head = document.createElement("div");
    head.className = "chart-head";
    const groups = this.#figure.groups;
    if (groups.length === 1) {
      head.textContent = groups[0].title;
    } else {
      const set = document.createElement("fieldset");
      set.className = "segments";
      set.innerHTML = `<legend class="sr"></legend>`;
      set.firstChild.textContent = `${this.getAttribute("label")}: metric`;
      for (const group of groups) {
        const label = document.createElement("label");
        label.innerHTML = `<input type="radio"><span></span>`;
        const input = label.firstChild;
        Object.assign(input, { name: `group-${this.dataset.testid}`, value: group.id, checked: group.id === this.group });
        label.lastChild.textContent = group.title;
        input.addEventListener("change", () => this.showGroup(group.id));
        set.append(label);
      }
      head.append(set);
    }
    this.prepend(head);
  }

  async #draw() {
    const Plotly = await plotlyReady();
    const { data, layout } = this.#figure;
    const start = { ...layout, ...this.#colours(true) };
    if (this.isEmpty && this.free) start.yaxis = { ...layout.yaxis, range: [0, 1] };
    await Plotly.newPlot(this.plot, data, start, CONFIG);
    this.#drawn = true;
    this.#cursor.attach();
    if (!this.hasAttribute("plain")) this.#listen();
    this.setAttribute("ready", "");
  }

  #listen() {
    const epoch = (point) => (this.hasAttribute("by-point") ? point.customdata : point.x);
    this.plot.on("plotly_hover", ({ points: [point] }) => this.#tell("epochhover", { epoch: epoch(point), x: point.x }));
    this.plot.on("plotly_unhover", () => this.#tell("epochhover", { epoch: null, x: null }));
    this.plot.on("plotly_click", ({ points: [point] }) => this.#tell("epochpick", { epoch: epoch(point) }));
  }

  get isEmpty() {
    return this.#figure.data.every((trace) => trace.x.length === 0);
  }

  // The traces as they stand; tests and the compare page read them.
  get traces() {
    return this.#figure.data;
  }

  // As a nested layout for a new plot, as attribute paths for one that exists.
  #colours(nested = false) {
    const { ink, panel, line, family } = themeColours(this);
    if (!nested) {
      return { "font.color": ink, "hoverlabel.bgcolor": panel, "hoverlabel.bordercolor": line, "hoverlabel.font.color": ink };
    }
    return {
      font: { ...this.#figure.layout.font, color: ink, family },
      hoverlabel: { ...this.#figure.layout.hoverlabel, bgcolor: panel, bordercolor: line, font: { size: 11, color: ink } },
    };
  }

  showGroup(id) {
    this.group = id;
    this.dispatchEvent(new CustomEvent("groupchange", { bubbles: true, detail: { group: id } }));
    const group = this.#figure.groups.find((item) => item.id === id);
    const visible = this.#figure.data.map((trace) => trace.meta.group === id);
    this.#figure.data.forEach((trace, index) => (trace.visible = visible[index]));
    if (!this.#drawn) return;
    window.Plotly.update(this.plot, { visible }, {
      "yaxis.tickformat": group.tickformat,
      "yaxis.hoverformat": group.hoverformat,
      "yaxis.autorange": true,
    });
  }

  // One more epoch of one run. An epoch that is there already came back from a checkpoint: it and
  // what follows is replaced.
  extend(run, epoch, metrics) {
    const wasEmpty = this.isEmpty;
    const [indices, xs, ys] = [[], [], []];
    this.#figure.data.forEach((trace, index) => {
      const { meta } = trace;
      if (meta.run !== run || !(meta.metric in metrics)) return;
      const keep = trace.x.filter((x) => x < epoch).length;
      if (keep < trace.x.length) {
        trace.x = trace.x.slice(0, keep);
        trace.y = trace.y.slice(0, keep);
        if (this.#drawn) window.Plotly.restyle(this.plot, { x: [trace.x], y: [trace.y] }, [index]);
      }
      indices.push(index);
      xs.push([epoch]);
      ys.push([metrics[meta.metric]]);
      if (!this.#drawn) {
        trace.x.push(epoch);
        trace.y.push(metrics[meta.metric]);
      }
    });
    // Plotly appends to the very arrays of the figure, so `#figure` stays what is shown.
    if (!this.#drawn || indices.length === 0) return;
    window.Plotly.extendTraces(this.plot, { x: xs, y: ys }, indices);
    if (wasEmpty) window.Plotly.relayout(this.plot, { "yaxis.autorange": true });
  }

  // New points for each trace, in the figure's order: {x, y, name?, ...}; null: it has none.
  fill(points) {
    this.#figure.data = this.#figure.data.map((trace, index) => {
      const given = points[index];
      const shown = given !== null && (!trace.meta.group || trace.meta.group === this.group);
      return { ...trace, ...(given ?? { x: [], y: [] }), visible: shown, showlegend: given !== null };
    });
    if (!this.#drawn) return;
    const { layout } = this.plot;
    if (this.free) layout.yaxis.autorange = true;
    window.Plotly.react(this.plot, this.#figure.data, layout);
  }

  // `x`: where the pointer is, in a chart whose x axis does not count epochs.
  setCursor(epoch, preview, x = null) {
    this.#cursor?.move({ epoch, preview, x });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

customElements.define("metric-chart", MetricChart);
