// What the page of a logged run could not know when it was loaded: its loop sends metrics by step, new
// metrics, its first matrix. Charts come anew from the server, which thins them; panels that the page
// lacks come with it.
import { fragment } from "../core/api.js";
import { patch, patchNode } from "../core/patch.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

const PACE = 1500; // ms between two looks at curves
const PANELS = ["class", "pairs"];

const chartOf = (name) => document.querySelector(`[data-testid="${name}"]`);

// run: its number; added(): the page has panels that it did not have.
export class LaterParts {
  constructor(run, added) {
    this.added = added;
    this.renewCharts = renewing(async () => {
      const fresh = await fragment(url(`/fragments/runs/${run}/charts`));
      for (const chart of fresh?.querySelectorAll("metric-chart") ?? []) patchNode(chartOf(chart.dataset.testid), chart);
    }, PACE);
    this.renewPanels = renewing(() => this.#addPanels(), PACE);
  }

  // An epoch that brought metrics of which no chart knows, or a matrix that has panels.
  epoch({ metrics, matrices }) {
    const shown = new Set([...document.querySelectorAll(".side metric-chart")].flatMap(({ traces }) => traces.map(({ meta }) => meta.metric)));
    if (Object.keys(metrics).some((name) => !shown.has(name))) this.renewCharts();
    if (Object.keys(matrices).length && PANELS.some((id) => !document.getElementById(id))) this.renewPanels();
  }

  async #addPanels() {
    const fresh = await fragment(location.href);
    const missing = PANELS.map((id) => fresh?.getElementById(id)).filter((panel) => panel && !document.getElementById(panel.id));
    if (!missing.length) return;
    patch(document.querySelector("page-nav nav"), fresh.querySelector("page-nav nav").childNodes);
    document.querySelector("matrix-table").after(...missing);
    this.added();
  }
}
