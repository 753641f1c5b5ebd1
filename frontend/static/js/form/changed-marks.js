// Fields that stand otherwise than by default are marked, and say what the default is.
import { read } from "./controls.js";
import { defaultOf, same } from "./minimal-spec.js";

export function markChanged(specForm) {
  const values = specForm.values(true);
  for (const control of specForm.controls()) {
    if (control.closest("fieldset[disabled]")) continue;
    const usual = defaultOf(control.name, values, specForm.data);
    const changed = usual !== undefined && !same(read(control), usual);
    const field = control.closest(".field");
    field.classList.toggle("changed", changed);
    field.title = changed ? `Default: ${JSON.stringify(usual)}` : "";
  }
}
