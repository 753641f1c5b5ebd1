// <reliability-panel run="3"> <figure data-side="raw | scaled"> ECE, <plotly-chart bare> </figure>
// ... </reliability-panel>: the reliability diagram of the page's epoch, before and after temperature
// scaling. Markup: frontend/templates/_panels.html.
import { write } from "../core/patch.js";
import { request } from "../core/api.js";
import { PanelData } from "../core/panel-data.js";
import { written } from "../pure/format.js";
import { reliabilityAt } from "../pure/reliability.js";
import { atOrBefore } from "../pure/timeline.js";
import { url } from "../core/url.js";

export class ReliabilityPanel extends HTMLElement {
  #data = null;
  #epoch = null;
  #frame = 0;

  connectedCallback() {
    this.figures = [...this.querySelectorAll("figure")];
    this.label = this.querySelector('[data-live="reliability-epoch"]');
    this.missing = this.querySelector(".measure-missing");
    this.data = new PanelData(this, {
      load: () => request("GET", url(`/api/runs/${this.getAttribute("run")}/reliability`)),
      show: (data) => this.#show(data),
      fail: () => (this.label.textContent = "could not be loaded; scroll here again to retry"),
      seen: () => this.showEpoch(this.#epoch),
    });
  }

  #show(data) {
    this.#data = data;
    this.missing.hidden = data.epochs.length > 0;
    this.toggleAttribute("data-missing", data.epochs.length === 0);
    this.showEpoch(this.#epoch);
  }

  // While playing epochs pass faster than charts can be drawn: once per frame is enough.
  showEpoch(epoch) {
    this.#epoch = epoch;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    if (!this.#data?.epochs.length || this.#epoch === null || !this.data.inSight) return;
    const own = atOrBefore(this.#data.epochs, this.#epoch);
    write(this.label, `epoch ${own}`);
    for (const figure of this.figures) this.#side(figure, reliabilityAt(this.#data, figure.dataset.side, own));
  }

  #side(figure, bars) {
    for (const output of figure.querySelectorAll("output")) {
      write(output, written(bars?.[output.dataset.live], JSON.parse(output.dataset.form)));
    }
    const { centres = [], accuracy = [], share = [], width = null } = bars ?? {};
    figure.querySelector("plotly-chart").fill([
      { x: centres, y: accuracy, width }, { x: [0, 1], y: [0, 1] }, { x: centres, y: share, width },
    ]);
  }

  renew() {
    this.data.renew(800);
  }
}

customElements.define("reliability-panel", ReliabilityPanel);
