// Which fields of a form count just now: those of the chosen parts, and what means something beside
// the other values. Of a field that varies all that it takes is chosen.
import { isNamed } from "./controls.js";

// specForm: {form, vary, control(path)}
export function showParts(specForm) {
  for (const part of specForm.form.querySelectorAll("fieldset.choice")) {
    const names = valuesOf(specForm, `${part.dataset.part}.name`);
    const shown = names.some((name) => isNamed(name, part.dataset.names.split(" ")));
    part.hidden = part.disabled = !shown;
  }
}

export function showFields(specForm) {
  showParts(specForm);
  for (const field of specForm.form.querySelectorAll("[data-when]")) {
    const values = valuesOf(specForm, field.dataset.when);
    field.hidden = !field.dataset.values.split(" ").some((value) => values.includes(value));
  }
  for (const fold of specForm.form.querySelectorAll("details.advanced")) {
    fold.hidden = [...fold.querySelectorAll(".field")].every((field) => field.hidden);
  }
}

const valuesOf = (specForm, path) => specForm.vary.values(path) ?? [specForm.control(path)?.value];
