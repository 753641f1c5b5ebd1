// <spec-form><script class="form-data">{recipes, parts}</script><form>...</form></spec-form>
// The form of a run: shows the fields of what is chosen, keeps untouched fields at the dataset's
// recipe, asks the server after every change how long that may take and what it is as code, submits,
// and puts the API's errors beside their fields. With a field that varies (vary.js) it submits a
// sweep: an experiment.
import { request } from "../core/api.js";
import { markChanged } from "./changed-marks.js";
import { numberOr, read, write } from "./controls.js";
import { noteDevices } from "./devices-note.js";
import { Draft } from "./draft.js";
import { clearError, showErrors, showLeft } from "./form-errors.js";
import { defaultOf, minimalSpec, same } from "./minimal-spec.js";
import { suggestRate, varyNoise } from "./noise-rate.js";
import { searchable } from "./option-search.js";
import { foldSections } from "./section-folds.js";
import { showFields, showParts } from "./shown-fields.js";
import { fieldsets, takeSweep } from "./take-sweep.js";
import { Vary } from "./vary.js";
import { plural } from "../pure/format.js";
import "./sweep-box.js";
import { url } from "../core/url.js";

const PAUSE = 350; // ms of quiet before the server is asked

export class SpecForm extends HTMLElement {
  #touched = new Set();
  #fault = null; // what the server has against the form as it stands
  #timer = 0;
  #asked = 0;

  connectedCallback() {
    this.data = JSON.parse(this.querySelector(".form-data").textContent);
    this.form = this.querySelector("form");
    const values = this.values(true);
    for (const [path, value] of Object.entries(values)) {
      if (!same(value, defaultOf(path, values, this.data))) this.#touched.add(path);
    }
    this.box = this.querySelector("sweep-box");
    this.vary = new Vary(this.form, (field) => this.#variedChanged(field));
    takeSweep(this.form, this.vary, this.data.sweep);
    this.box?.take(this.data.sweep);
    if (new URLSearchParams(location.search).get("vary") === "noise.rate") varyNoise(this);
    searchable(this.form);
    this.form.addEventListener("focusout", ({ target }) => this.#left(target));
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
    this.form.addEventListener("input", (event) => this.#changed(event.target));
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.#refresh();
    new Draft(this);
  }

  controls() {
    return [...this.form.querySelectorAll("[data-type]")];
  }

  // Flat values of the fields that count: not those of parts that are not chosen, nor (unless all
  // are wanted) those that mean nothing just now.
  values(all = false) {
    const values = {};
    for (const control of this.controls()) {
      const field = control.closest(".field");
      if (control.closest("fieldset[disabled]") || (!all && field.hidden)) continue;
      values[control.name] = read(control);
    }
    return values;
  }

  // What all runs share. Of a part whose choice varies nothing is shared: each value has its own.
  spec() {
    const varied = new Set(Object.keys(this.vary.grid()));
    const values = Object.entries(this.values()).filter(([path]) => !varied.has(path) && !varied.has(`${path.split(".")[0]}.name`));
    // Without one dataset there is no one recipe: what nobody touched follows each run's own.
    const fixed = varied.has("dataset.name") ? values.filter(([path]) => path === "method.name" || this.#touched.has(path)) : values;
    return minimalSpec(Object.fromEntries(fixed), this.data);
  }

  // Path -> values; `method.name` becomes `method`, its values whole parts.
  grid() {
    const grid = {};
    for (const [path, values] of Object.entries(this.vary.grid())) {
      const part = path.replace(/\.name$/, "");
      grid[part] = part === path ? values : values.map((name) => this.#partValue(part, name));
    }
    return grid;
  }

  // A choice with the settings that are not its defaults; a bare name when all are.
  #partValue(part, name) {
    const values = { ...this.values(true), [`${part}.name`]: name };
    const changed = {};
    for (const fieldset of fieldsets(this.form, part, name)) {
      for (const control of fieldset.querySelectorAll("[data-type]")) {
        if (control.closest(".field").matches(".varied, [hidden]")) continue;
        const value = read(control);
        if (!same(value, defaultOf(control.name, values, this.data))) changed[control.name.split(".")[1]] = value;
      }
    }
    return Object.keys(changed).length ? { name, ...changed } : name;
  }

  // The ids of the controls that somebody has changed.
  get touched() {
    return this.controls().filter((control) => this.#touched.has(control.name)).map(({ id }) => id);
  }

  // values: [id, what stands in the control]; grid: path -> values of fields that vary.
  restore(values, grid) {
    for (const [id, value] of values) {
      const control = document.getElementById(id);
      if (!control) continue;
      control[control.type === "checkbox" ? "checked" : "value"] = value;
      if (control.dataset.type) this.#touched.add(control.name);
    }
    showParts(this);
    this.#followRecipe("dataset.name");
    takeSweep(this.form, this.vary, { grid });
    this.#refresh();
  }

  // A field that was left says what is wrong with it; one that is being typed in does not yet.
  #left(control) {
    if (!control.dataset.type) return;
    control.dataset.left = "";
    showLeft(this.form, this.#fault, (name) => this.control(name));
  }

  #variedChanged(field) {
    clearError(field);
    this.#refresh();
  }

  // What is submitted: of one run, or of a sweep.
  body() {
    const { name, tags, priority } = this.form.elements;
    const body = { spec: this.spec() };
    const grid = this.grid();
    if (Object.keys(grid).length) Object.assign(body, { grid }, this.box.settings());
    if (name.value.trim()) body.name = name.value.trim();
    const given = tags.value.split(",").map((tag) => tag.trim()).filter(Boolean);
    if (given.length) body.tags = given;
    const urgency = numberOr(priority.value.trim() || "0");
    if (urgency !== 0) body.priority = urgency;
    return body;
  }

  #changed(target) {
    const path = target.name;
    if (target.dataset.type) this.#touched.add(path);
    clearError(target.closest(".field"));
    showParts(this);
    if (target.dataset.type === "select") this.#followRecipe(path);
    if (path === "noise.kind") suggestRate(this, target.value);
    this.#refresh();
  }

  // Another dataset has another recipe: fields that nobody touched follow it.
  #followRecipe(path) {
    if (path === "dataset.name") {
      const names = this.controls().filter((control) => /^(model|optimizer|schedule)\.name$/.test(control.name));
      for (const control of names) this.#fillDefault(control);
      showParts(this);
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
    showFields(this);
    markChanged(this, this.#touched);
    foldSections(this.form);
    const body = this.body();
    const many = body.grid !== undefined;
    this.#code("json", JSON.stringify(many ? body : body.spec ?? body, null, 2));
    noteDevices(this, this.values().devices ?? 1);
    if (this.box) this.box.hidden = !many;
    this.#time.hidden = many;
    this.#button.textContent = many ? "Start sweep" : this.word;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#preview(body), PAUSE);
  }

  // What the button says of one run.
  get word() {
    return "Start run";
  }

  // Where a body is sent, and the page below which the answer's number has its own.
  addresses(body) {
    return body.grid ? [url("/api/experiments"), url("/experiments")] : [url("/api/runs"), url("/runs")];
  }

  get #button() {
    return this.querySelector('[data-testid="submit-run"]');
  }

  // What a submission would be. Code of a spec that is not valid yet would be no use.
  async #preview(body) {
    const asked = ++this.#asked;
    const address = this.previewAddress ?? url(`/fragments/new-run${body.grid ? "/sweep" : ""}`);
    const answer = await request("POST", address, body).catch((error) => error);
    if (asked !== this.#asked) return;
    const failed = answer instanceof Error;
    this.#fault = failed ? answer : null;
    showLeft(this.form, this.#fault, (name) => this.control(name));
    for (const name of ["shell", "python"]) this.#code(name, failed ? "# once the fields are valid" : answer[name]);
    if (!failed) this.form.elements.name.placeholder = answer.name;
    if (body.grid) this.box.show(answer, body.grid);
    else if (failed) this.#time.textContent = answer.status === 422 ? "Time: once the fields are valid." : "";
    else this.#time.textContent = answer.summary;
    if (body.grid && !failed && !this.#button.disabled) this.#button.textContent = answer.search ? "Start search" : `Start ${plural(answer.runs, "run")}`;
  }

  get #time() {
    return this.querySelector(".estimate");
  }

  #code(name, text) {
    this.querySelector(`#code-${name} code`).textContent = text;
  }

  // Two choices may have a field of one path: that of the chosen one (its fieldset is not disabled).
  control(path) {
    const element = this.form.elements[path];
    return element instanceof RadioNodeList ? [...element].find((item) => !item.matches(":disabled")) : element;
  }

  async #submit(event) {
    event.preventDefault();
    const button = this.#button;
    if (button.disabled) return;
    for (const field of this.form.querySelectorAll(".field")) clearError(field);
    this.querySelector(".form-error").textContent = "";
    const label = button.textContent;
    button.disabled = true;
    button.textContent = "Starting …";
    const body = this.body();
    const [path, page] = this.addresses(body);
    try {
      const answer = await request("POST", path, body);
      this.dispatchEvent(new Event("submitted"));
      location.href = `${page}/${answer.id}`;
    } catch (error) {
      showErrors(this.form, error, (name) => this.control(name));
      button.disabled = false;
      button.textContent = label;
    }
  }
}

customElements.define("spec-form", SpecForm);
