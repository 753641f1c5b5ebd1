// <spec-form><script class="form-data">{recipes, parts}</script><form>...</form></spec-form>
// The form of a run: shows the fields of what is chosen, keeps untouched fields at the dataset's
// recipe, asks the server after every change how long that may take and what it is as code, submits,
// and puts the API's errors beside their fields. With a field that varies (vary.js) it submits a
// sweep: an experiment.
import { request } from "../core/api.js";
import { numberOr, read, write } from "./controls.js";
import { clearError, showErrors } from "./form-errors.js";
import { defaultOf, minimalSpec, same } from "./minimal-spec.js";
import { Vary } from "./vary.js";
import "./sweep-box.js";
import { url } from "../core/url.js";

const PAUSE = 350; // ms of quiet before the server is asked

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
    this.box = this.querySelector("sweep-box");
    this.vary = new Vary(this.form, (field) => this.#variedChanged(field));
    this.#takeSweep(this.data.sweep);
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
    for (const fieldset of this.#fieldsets(part, name)) {
      for (const control of fieldset.querySelectorAll("[data-type]")) {
        if (control.closest(".field").matches(".varied, [hidden]")) continue;
        const value = read(control);
        if (!same(value, defaultOf(control.name, values, this.data))) changed[control.name.split(".")[1]] = value;
      }
    }
    return Object.keys(changed).length ? { name, ...changed } : name;
  }

  #fieldsets(part, name) {
    return [...this.form.querySelectorAll(`fieldset.choice[data-part="${part}"]`)].filter((set) => set.dataset.names.split(" ").includes(name));
  }

  // A sweep that the page came with: an ablation, or an experiment to change.
  #takeSweep(sweep) {
    for (const [key, values] of Object.entries(sweep?.grid ?? {})) {
      const path = this.form.querySelector(`.field[data-field="${key}.name"]`) ? `${key}.name` : key;
      for (const field of this.form.querySelectorAll(`.field[data-field="${path}"]`)) {
        this.vary.set(field, true, values);
        if (field.closest("details")) field.closest("details").open = true;
      }
      for (const value of Array.isArray(values) ? values : []) {
        for (const [inner, setting] of Object.entries(value?.name ? value : {})) {
          for (const set of this.#fieldsets(key, value.name)) {
            const control = set.querySelector(`[name="${key}.${inner}"]`);
            if (control) write(control, setting);
          }
        }
      }
    }
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
    this.#showParts();
    if (target.dataset.type === "select") this.#followRecipe(path);
    if (path === "noise.kind") this.#suggestRate(target.value);
    this.#refresh();
  }

  // A rate of 0 with a kind that has one would be no noise; the demo's 20% is a sensible start.
  #suggestRate(kind) {
    const rate = this.#control("noise.rate");
    const kinds = rate.closest(".field").dataset.values.split(" ");
    if (kinds.includes(kind) && Number(rate.value) === 0) rate.value = "0.2";
  }

  #showParts() {
    for (const part of this.form.querySelectorAll("fieldset.choice")) {
      const names = this.vary.values(`${part.dataset.part}.name`) ?? [this.#control(`${part.dataset.part}.name`).value];
      const shown = part.dataset.names.split(" ").some((name) => names.includes(name));
      part.hidden = part.disabled = !shown;
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
      const values = this.vary.values(field.dataset.when) ?? [this.#control(field.dataset.when)?.value];
      field.hidden = !field.dataset.values.split(" ").some((value) => values.includes(value));
    }
    for (const fold of this.form.querySelectorAll("details.advanced")) {
      fold.hidden = [...fold.querySelectorAll(".field")].every((field) => field.hidden);
    }
    const body = this.body();
    const many = body.grid !== undefined;
    this.#code("json", JSON.stringify(many ? body : body.spec, null, 2));
    this.#noteDevices(body.spec.devices ?? 1);
    this.box.hidden = !many;
    this.#time.hidden = many;
    this.#button.textContent = many ? "Start sweep" : "Start run";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#preview(body), PAUSE);
  }

  get #button() {
    return this.querySelector('[data-testid="submit-run"]');
  }

  // What a submission would be. Code of a spec that is not valid yet would be no use.
  async #preview(body) {
    const asked = ++this.#asked;
    const answer = await request("POST", url(`/fragments/new-run${body.grid ? "/sweep" : ""}`), body).catch((error) => error);
    if (asked !== this.#asked) return;
    const failed = answer instanceof Error;
    for (const name of ["shell", "python"]) this.#code(name, failed ? "# once the fields are valid" : answer[name]);
    if (!failed) this.form.elements.name.placeholder = answer.name;
    if (body.grid) this.box.show(answer, body.grid);
    else if (failed) this.#time.textContent = answer.status === 422 ? "Time: once the fields are valid." : "";
    else this.#time.textContent = answer.summary;
    if (body.grid && !failed && !this.#button.disabled) this.#button.textContent = `Start ${answer.runs.toLocaleString("en")} runs`;
  }

  get #time() {
    return this.querySelector(".estimate");
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
    const [path, page] = body.grid ? [url("/api/experiments"), url("/experiments")] : [url("/api/runs"), url("/runs")];
    try {
      const answer = await request("POST", path, body);
      location.href = `${page}/${answer.id}`;
    } catch (error) {
      showErrors(this.form, error, (name) => this.#control(name));
      button.disabled = false;
      button.textContent = label;
    }
  }
}

customElements.define("spec-form", SpecForm);
