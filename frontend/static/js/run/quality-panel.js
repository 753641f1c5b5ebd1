// <quality-panel run="3"> <figure> captions with <output data-metric data-form>, a
// <metric-chart>, a sentence </figure> ... </quality-panel>
// Whether the soft labels are any good, over the epochs. Markup: frontend/templates/_panels.html.
import { write } from "../core/patch.js";
import { request } from "../core/api.js";
import { PanelData } from "../core/panel-data.js";
import { written } from "../pure/format.js";
import { atOrBefore } from "../pure/timeline.js";
import { url } from "../core/url.js";

const MOST_POINTS = 1000; // epochs of a chart, which has fewer pixels

export class QualityPanel extends HTMLElement {
  #series = null; // {epochs, values}
  #heard = []; // epochs that came before the series did: {epoch, metrics}
  #epoch = null;
  #stale = true; // the charts lack something of the series

  connectedCallback() {
    this.figures = [...this.querySelectorAll("figure")];
    this.label = this.querySelector('[data-live="quality-epoch"]');
    this.data = new PanelData(this, {
      load: () => request("GET", url(`/api/runs/${this.getAttribute("run")}/quality?max_points=${MOST_POINTS}`)),
      show: (series) => this.#take(series),
      fail: () => (this.label.textContent = "could not be loaded; scroll here again to retry"),
      seen: () => this.show(),
    });
  }

  get charts() {
    return this.figures.map((figure) => figure.querySelector("metric-chart"));
  }

  #take(series) {
    this.#series = series;
    this.#stale = true;
    const newest = series.epochs.at(-1) ?? 0;
    for (const each of this.#heard.splice(0)) if (each.epoch > newest) this.#append(each);
    this.show();
  }

  // One more epoch, with all its metrics; show() shows it.
  extend(epoch, metrics) {
    if (this.#series) this.#append({ epoch, metrics });
    else this.#heard.push({ epoch, metrics });
  }

  // An epoch that is there already came back from a checkpoint: it and what follows is replaced.
  #append({ epoch, metrics }) {
    const { epochs, values } = this.#series;
    const named = this.charts.flatMap((chart) => chart.traces.map(({ meta }) => meta.metric));
    for (const name of named) values[name] ??= epochs.map(() => null);
    while (epochs.length && epochs.at(-1) >= epoch) {
      epochs.pop();
      for (const column of Object.values(values)) column.pop();
    }
    epochs.push(epoch);
    for (const [name, column] of Object.entries(values)) column.push(metrics[name] ?? null);
    this.#stale = true;
  }

  // What has come; out of sight, when it is seen.
  show() {
    if (!this.#series || !this.data.inSight) return;
    if (this.#stale) for (const figure of this.figures) this.#fill(figure, this.#series);
    this.#stale = false;
    this.showEpoch(this.#epoch);
  }

  #fill(figure, { epochs, values }) {
    const chart = figure.querySelector("metric-chart");
    const has = (name) => values[name]?.some((value) => value !== null) ?? false;
    const points = chart.traces.map(({ meta }) => (has(meta.metric) ? { x: epochs, y: values[meta.metric] } : null));
    const missing = points.every((point) => point === null);
    figure.toggleAttribute("data-missing", missing);
    figure.querySelector(".measure-missing").hidden = !missing;
    for (const output of figure.querySelectorAll("output")) output.parentElement.hidden = !has(output.dataset.metric);
    chart.fill(points.map((point) => point && { x: [...point.x], y: [...point.y] }));
  }

  // The values at the page's epoch, or at the last one before it.
  showEpoch(epoch) {
    this.#epoch = epoch;
    if (!this.#series || epoch === null || !this.data.inSight) return;
    const { epochs, values } = this.#series;
    const own = atOrBefore(epochs, epoch);
    const at = epochs.indexOf(own);
    write(this.label, own === null ? "" : `epoch ${own}`);
    for (const figure of this.figures) {
      for (const output of figure.querySelectorAll("output")) {
        const { metric, form } = output.dataset;
        write(output, written(values[metric]?.[at], JSON.parse(form)));
      }
    }
  }
}

customElements.define("quality-panel", QualityPanel);
