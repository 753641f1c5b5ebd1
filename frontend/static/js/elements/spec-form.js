// <spec-form><script class="form-data">{recipes, parts}</script><form>...</form></spec-form>
// The form of a run: shows the fields of what is chosen, keeps untouched fields at the dataset's
// recipe, shows the run as code, asks how long it may take, submits, and puts the API's errors
// beside their fields.
import { request } from "../api.js";
import { duration } from "../pure/format.js";
import { commandLine, defaultOf, minimalSpec, pythonCode, same } from "../pure/spec.js";

const PAUSE = 350; // ms of quiet before the server is asked for an estimate

export class SpecForm extends HTMLElement {
  #touched = new Set();
  #timer = 0;
  #asked = 0;

  connectedCallback() {
    this.data = JSON.parse(this.querySelector(".form-data").textContent);
    this.form = this.querySelector("form");
    const values = this.values(true);
    for (const [path, value] of Object.entries(values)) {
      if (!same(value, defaultOf(path, values, this.data))) this.#touched.add(path);
    }
    this.form.addEventListener("input", (event) => this.#changed(event.target));
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.#refresh();
  }

  controls() {
    return [...this.form.querySelectorAll("[data-type]")];
  }

  // Flat values of the fields that count: not those of parts that are not chosen, nor (unless all
  // are wanted) those that mean nothing just now.
  values(all = false) {
    const found = {};
    for (const control of this.controls()) {
      const field = control.closest(".field");
      if (control.closest("fieldset[disabled]") || (!all && field.hidden)) continue;
      found[control.name] = read(control);
    }
    return found;
  }

  spec() {
    return minimalSpec(this.values(), this.data);
  }

  #changed(target) {
    const path = target.name;
    if (target.dataset.type) this.#touched.add(path);
    this.#clearError(target.closest(".field"));
    this.#showParts();
    if (target.dataset.type === "select") this.#followRecipe(path);
    if (path === "noise.kind") this.#suggestRate(target.value);
    this.#refresh();
  }

  // A rate of 0 with a kind of noise would be no noise; the demo's 20% is a sensible start.
  #suggestRate(kind) {
    const rate = this.#control("noise.rate");
    if (kind !== "none" && Number(rate.value) === 0) rate.value = "0.2";
  }

  #showParts() {
    for (const part of this.form.querySelectorAll("fieldset.choice")) {
      const { value } = this.#control(`${part.dataset.part}.name`);
      const chosen = part.dataset.names.split(" ").includes(value);
      part.hidden = part.disabled = !chosen;
    }
  }

  // Another dataset has another recipe: fields that nobody touched follow it.
  #followRecipe(path) {
    if (path === "dataset.name") {
      const names = this.controls().filter((control) => /^(model|optimizer|schedule)\.name$/.test(control.name));
      for (const control of names) this.#fillDefault(control);
      this.#showParts();
    }
    for (const control of this.controls()) {
      if (!control.closest("fieldset[disabled]") && !control.name.endsWith(".name")) this.#fillDefault(control);
    }
  }

  #fillDefault(control) {
    if (this.#touched.has(control.name)) return;
    const value = defaultOf(control.name, this.values(true), this.data);
    if (value !== undefined) write(control, value);
  }

  #refresh() {
    this.#showParts();
    for (const field of this.form.querySelectorAll("[data-when]")) {
      field.hidden = !field.dataset.values.split(" ").includes(this.#control(field.dataset.when)?.value);
    }
    for (const fold of this.form.querySelectorAll("details.advanced")) {
      fold.hidden = [...fold.querySelectorAll(".field")].every((field) => field.hidden);
    }
    const spec = this.spec();
    const name = this.form.elements.name.value.trim();
    this.#code("json", JSON.stringify(spec, null, 2));
    this.#code("shell", commandLine(spec));
    this.#code("python", pythonCode(spec));
    this.form.elements.name.placeholder = name ? "" : defaultName(this.values());
    this.#noteDevices(spec.devices ?? 1);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#estimate(spec), PAUSE);
  }

  // Accepted, but it would wait: better said before than after.
  #noteDevices(wanted) {
    const note = this.querySelector(".form-note");
    const largest = Number(note.dataset.largest);
    if (largest === 0) return; // the note says that there is no worker at all
    note.textContent = wanted > largest ? `No worker online has ${wanted} devices (the largest: ${largest}); the run waits for one.` : "";
  }

  #code(name, text) {
    this.querySelector(`#code-${name} code`).textContent = text;
  }

  // Two choices may have a field of one path: that of the chosen one (its fieldset is not disabled).
  #control(path) {
    const found = this.form.elements[path];
    return found instanceof RadioNodeList ? [...found].find((item) => !item.matches(":disabled")) : found;
  }

  async #estimate(spec) {
    const asked = ++this.#asked;
    const line = this.querySelector(".estimate");
    const answer = await request("POST", "/api/runs/estimate", { spec }).catch((error) => error);
    if (asked !== this.#asked) return;
    if (answer instanceof Error) line.textContent = answer.status === 422 ? "Time: once the fields are valid." : "";
    else if (answer.seconds === null) line.textContent = "Time: not known; no run like it has finished here yet.";
    else {
      const runs = answer.based_on === 1 ? "1 finished run" : `${answer.based_on} finished runs`;
      line.textContent = `About ${duration(answer.seconds)}, judged by ${runs} like it.`;
    }
  }

  async #submit(event) {
    event.preventDefault();
    const button = this.querySelector('[data-testid="submit-run"]');
    if (button.disabled) return;
    for (const field of this.form.querySelectorAll(".field")) this.#clearError(field);
    this.querySelector(".form-error").textContent = "";
    button.disabled = true;
    button.textContent = "Starting …";
    const { name, tags, priority } = this.form.elements;
    const body = { spec: this.spec(), priority: numberOr(priority.value.trim() || "0"), tags: tags.value.split(",").map((tag) => tag.trim()).filter(Boolean) };
    if (name.value.trim()) body.name = name.value.trim();
    try {
      const run = await request("POST", "/api/runs", body);
      location.href = `/runs/${run.id}`;
    } catch (error) {
      this.#showErrors(error);
      button.disabled = false;
      button.textContent = "Start run";
    }
  }

  #showErrors(error) {
    const loose = [];
    let first = null;
    for (const { path, message } of error.fields ?? []) {
      const control = this.#controlFor(path.replace(/^spec\./, ""));
      if (!control) {
        loose.push(`${path}: ${message}`);
        continue;
      }
      const field = control.closest(".field");
      control.setAttribute("aria-invalid", "true");
      field.querySelector(".field-error").textContent = sentence(message);
      const fold = field.closest("details");
      if (fold) fold.open = true;
      first ??= control;
    }
    if (!first || loose.length) this.querySelector(".form-error").textContent = loose.join("; ") || error.message;
    first?.focus();
  }

  // The path itself, its part's select (`method` -> `method.name`), or a list's item (`tags.0`).
  #controlFor(path) {
    const names = [path, `${path}.name`, path.replace(/\.\d+$/, "")];
    for (const name of names) {
      const control = this.#control(name);
      if (control?.closest?.(".field")) return control;
    }
    return null;
  }

  #clearError(field) {
    if (!field) return;
    field.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    const place = field.querySelector(".field-error");
    if (place) place.textContent = "";
  }
}

// What cannot be read as a number goes to the API as it was typed, and comes back as its error.
function read(control) {
  const text = control.value.trim();
  if (control.dataset.type === "checkbox") return control.checked;
  if (control.dataset.type === "list") return text.startsWith("[") ? jsonOr(text) : text.split(/[\s,]+/).filter(Boolean).map(numberOr);
  if (control.dataset.type === "number" || control.dataset.type === "integer") return text === "" ? null : numberOr(text);
  return text;
}

// A list of lists is typed as JSON.
function jsonOr(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const numberOr = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

function write(control, value) {
  if (control.dataset.type === "checkbox") control.checked = Boolean(value);
  else if (Array.isArray(value)) control.value = value.some(Array.isArray) ? JSON.stringify(value) : value.join(", ");
  else control.value = value ?? "";
}

function defaultName(values) {
  const rate = Number(values["noise.rate"]);
  const noise = rate ? `-${Math.round(1000 * rate) / 10}%` : "";
  return `${values["method.name"]}-${values["dataset.name"]}${noise}`;
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

customElements.define("spec-form", SpecForm);
