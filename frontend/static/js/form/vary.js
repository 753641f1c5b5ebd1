// Fields of the form that take several values. Each field gets a switch, "vary"; switched on, its
// control gives place to a list of values: boxes to tick for choices, a line of text for numbers.
import { parseValues, writeValues } from "../pure/varied-values.js";

export class Vary {
  // changed() is called when a field begins, ends or changes what it takes.
  constructor(form, changed) {
    this.form = form;
    this.changed = changed;
    if (form.hasAttribute("data-single")) return; // a form of one run
    for (const field of form.querySelectorAll(".field")) {
      if (field.querySelector("[data-type]")) field.prepend(this.#toggle(field));
    }
  }

  #toggle(field) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "vary link";
    button.setAttribute("aria-pressed", "false");
    button.innerHTML = 'vary<span class="sr"></span>';
    button.querySelector(".sr").textContent = ` ${titleOf(field)}`;
    button.addEventListener("click", () => {
      this.set(field, !isVaried(field));
      field.querySelector(".vary-values input")?.focus();
      this.changed(field);
    });
    return button;
  }

  // values: where they are known already; else the one that the control shows.
  set(field, on, values = null) {
    const control = field.querySelector("[data-type]");
    field.classList.toggle("varied", on);
    field.querySelector(".vary").setAttribute("aria-pressed", String(on));
    field.querySelector(".vary-values")?.remove();
    const shown = control.closest("label") ?? control;
    shown.hidden = on;
    if (!on) return;
    const box = isChoice(control) ? ticks(field, control, values) : line(field, control, values);
    box.addEventListener("input", (event) => {
      event.stopPropagation(); // the form would take it for the field's own
      this.changed(field);
    });
    shown.after(box);
  }

  // The fields that vary just now: not those of parts that are not chosen.
  fields() {
    return [...this.form.querySelectorAll(".field.varied")].filter((field) => !field.hidden && !field.closest("fieldset[disabled]"));
  }

  // {path: values} of them.
  grid() {
    return Object.fromEntries(this.fields().map((field) => [field.dataset.field, valuesOf(field)]));
  }

  // The values of one field, null when it does not vary.
  values(path) {
    const field = this.form.querySelector(`.field.varied[data-field="${path}"]`);
    return field ? valuesOf(field) : null;
  }
}

export const isVaried = (field) => field.classList.contains("varied");

const isChoice = (control) => ["select", "checkbox"].includes(control.dataset.type);

function titleOf(field) {
  return field.querySelector("label").textContent.trim();
}

function valuesOf(field) {
  const control = field.querySelector("[data-type]");
  const box = field.querySelector(".vary-values");
  if (!isChoice(control)) return parseValues(box.querySelector("input").value, control.dataset.type);
  const ticked = [...box.querySelectorAll("input:checked")].map((input) => input.value);
  return control.dataset.type === "checkbox" ? ticked.map((text) => text === "true") : ticked;
}

function ticks(field, control, values) {
  const box = document.createElement("div");
  box.className = "vary-values ticks";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", `Values of ${titleOf(field)}`);
  const options = control.dataset.type === "checkbox" ? [["true", "on"], ["false", "off"]] : [...control.options].map((option) => [option.value, option.textContent]);
  const checked = values?.map((value) => String(value?.name ?? value)) ?? [control.dataset.type === "checkbox" ? String(control.checked) : control.value];
  for (const [value, title] of options) {
    const label = document.createElement("label");
    label.className = "check";
    const input = document.createElement("input");
    Object.assign(input, { type: "checkbox", value, checked: checked.includes(value) });
    label.append(input, ` ${title}`);
    box.append(label);
  }
  return box;
}

function line(field, control, values) {
  const box = document.createElement("div");
  box.className = "vary-values";
  const input = document.createElement("input");
  input.type = "text";
  input.autocomplete = "off";
  input.value = values ? writeValues(values) : control.dataset.type === "list" ? `[${control.value}]` : control.value;
  const hints = { integer: "0..4 or 1, 2, 5", number: "0.1, 0.3 or 0..1 by 0.25", list: "[4, 8], [6]", text: "a, b" };
  input.placeholder = hints[control.dataset.type];
  input.setAttribute("aria-label", `Values of ${titleOf(field)}`);
  input.setAttribute("aria-describedby", control.getAttribute("aria-describedby"));
  const hint = document.createElement("p");
  hint.className = "help";
  hint.textContent = `Several values, such as ${hints[control.dataset.type]}.`;
  box.append(input, hint);
  return box;
}
