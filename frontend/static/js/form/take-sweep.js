// A sweep that the page came with (an ablation, an experiment to change) put into the form's fields.
import { isNamed, write } from "./controls.js";

// The settings of one choice of a part: `method`, `ols`.
export function fieldsets(form, part, name) {
  return [...form.querySelectorAll(`fieldset.choice[data-part="${part}"]`)].filter((set) => isNamed(name, set.dataset.names.split(" ")));
}

// sweep: {grid: {path or part: values}}
export function takeSweep(form, vary, sweep) {
  for (const [key, values] of Object.entries(sweep?.grid ?? {})) {
    const path = form.querySelector(`.field[data-field="${key}.name"]`) ? `${key}.name` : key;
    for (const field of form.querySelectorAll(`.field[data-field="${path}"]`)) {
      vary.set(field, true, values);
      if (field.closest("details")) field.closest("details").open = true;
    }
    for (const value of Array.isArray(values) ? values : []) {
      for (const [inner, setting] of Object.entries(value?.name ? value : {})) {
        for (const set of fieldsets(form, key, value.name)) {
          const control = set.querySelector(`[name="${key}.${inner}"]`);
          if (control) write(control, setting);
        }
      }
    }
  }
}
