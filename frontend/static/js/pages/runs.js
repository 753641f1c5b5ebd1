// The runs page: a table of runs, or of groups of them.
import "../core/action-menu.js";
import "../runs/condition-builder.js";
import "../runs/run-table.js";
import "../runs/saved-views.js";
import { fragment } from "../core/api.js";
import { LiveStream } from "../core/live.js";
import { patch } from "../core/patch.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

const PACE = 2000; // ms between two looks while runs change

// <group-live cursor="17">: the groups, whose means move while their runs train.
class GroupLive extends HTMLElement {
  connectedCallback() {
    const renew = renewing(() => this.#fetch(), PACE);
    const state = () => {
      document.dispatchEvent(new CustomEvent("runschanged"));
      renew();
    };
    this.stream = new LiveStream(url("/api/events"), Number(this.getAttribute("cursor")), { state, epoch: renew });
  }

  // Rows alone: the heads stay.
  async #fetch() {
    const fresh = await fragment(url(`/fragments/groups${location.search}`));
    const body = fresh?.querySelector("tbody");
    if (body) patch(this.querySelector("tbody"), body.childNodes);
  }
}

customElements.define("group-live", GroupLive);
