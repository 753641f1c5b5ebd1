// What the form proposes for the share of wrong labels.
import { write } from "./controls.js";
import { takeSweep } from "./take-sweep.js";

const DEMO = "0.2";

// A rate of 0 with a kind that has one would be no noise; the demo's 20% is a sensible start.
export function suggestRate(specForm, kind) {
  const rate = specForm.control("noise.rate");
  const kinds = rate.closest(".field").dataset.values.split(" ");
  if (kinds.includes(kind) && Number(rate.value) === 0) rate.value = DEMO;
}

// The noise page's way to more rates: that of the run that it came from is among them.
export function varyNoise(specForm) {
  const kind = specForm.control("noise.kind");
  if (kind.value === "none") write(kind, "symmetric");
  const rates = new Set([0, 0.2, 0.4, Number(specForm.control("noise.rate").value)]);
  takeSweep(specForm.form, specForm.vary, { grid: { "noise.rate": [...rates].sort((a, b) => a - b) } });
}
