// <fork-form run="12">: the form of a run as that of a fork. Its recipe is the parent's spec, so what
// differs from it is what the fork changes; `start.*` is taken over from the parent.
import { url } from "../core/url.js";
import { numberOr } from "./controls.js";
import { changes } from "./minimal-spec.js";
import { SpecForm } from "./spec-form.js";

class ForkForm extends SpecForm {
  get word() {
    return "Start fork";
  }

  body() {
    const { epoch, name, retrain } = this.form.elements;
    const [set, start] = [{}, {}];
    for (const [path, value] of Object.entries(changes(this.values(), this.data))) {
      if (path.startsWith("start.")) start[path.slice("start.".length)] = value;
      else set[path] = value;
    }
    const body = { epoch: numberOr(epoch.value.trim()), set, start };
    if (name.value.trim()) body.name = name.value.trim();
    if (retrain.checked) body.retrain = true;
    this.closest("main").querySelector(".fork-epoch").textContent = epoch.value.trim();
    return body;
  }

  get previewAddress() {
    return url(`/fragments/runs/${this.getAttribute("run")}/fork`);
  }

  addresses() {
    return [url(`/api/runs/${this.getAttribute("run")}/fork`), url("/runs")];
  }
}

customElements.define("fork-form", ForkForm);
