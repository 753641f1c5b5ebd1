// <matrix-table run="3"><details><summary></summary><div class="table-box"><p></p></div></details>
// </matrix-table>: the matrix that the player shows as an HTML table, fetched while it is open.
import { fragment } from "../core/api.js";
import { PanelData } from "../core/panel-data.js";
import { patch } from "../core/patch.js";
import { url } from "../core/url.js";

const PAUSE = 300; // ms; a table of 10,000 cells is not for every step of a slider

export class MatrixTable extends HTMLElement {
  #shown = null;

  connectedCallback() {
    this.fold = this.querySelector("details");
    this.box = this.querySelector(".table-box");
    this.data = new PanelData(this, {
      load: () => this.fold.open && this.#shown && this.#load(),
      show: (table) => patch(this.box, table.childNodes),
      fail: () => this.#say("The table could not be loaded; close and open this to try again."),
    });
    this.fold.addEventListener("toggle", () => this.data.renew());
  }

  // {kind, epoch} of the player's matrix; with a difference it is the matrix itself.
  showEpoch({ kind, epoch }) {
    if (kind === this.#shown?.kind && epoch === this.#shown.epoch) return;
    this.#shown = { kind, epoch };
    this.removeAttribute("loaded");
    this.data.renew(PAUSE);
  }

  async #load() {
    const { kind, epoch } = this.#shown;
    const table = await fragment(url(`/fragments/runs/${this.getAttribute("run")}/matrices/${kind}/${epoch}`));
    if (!table) throw new Error("no table");
    return table;
  }

  #say(text) {
    this.box.innerHTML = "<p></p>";
    this.box.firstChild.textContent = text;
  }
}

customElements.define("matrix-table", MatrixTable);
