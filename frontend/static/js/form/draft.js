// What was typed outlives Back, a reload, and the click on a preset, which offers to undo itself. Kept for
// the tab, until the form is submitted.
import { toast } from "../core/toast-stack.js";

const KEY = "ols-form-draft";
const OTHERS = ["name", "tags", "priority", "parallel", "samples", "search_seed", "notes", "objective.seeds", "budget.runs", "budget.hours"];

export class Draft {
  #typed = false;

  // specForm: {form, vary, touched, restore(values, grid)}
  constructor(specForm) {
    this.specForm = specForm;
    this.#offer();
    specForm.form.addEventListener("input", () => (this.#typed = true), true); // those of varied fields too
    specForm.form.addEventListener("click", (event) => event.target.closest(".vary") && (this.#typed = true));
    specForm.addEventListener("submitted", () => this.#forget());
    addEventListener("pagehide", () => this.#typed && this.#keep(false));
    for (const links of document.querySelectorAll(".form-presets, .ablation-links")) {
      links.addEventListener("click", (event) => event.target.closest("a") && this.#typed && this.#keep(true));
    }
  }

  #offer() {
    const kept = read();
    if (!kept) return;
    const [{ type }] = performance.getEntriesByType("navigation");
    if (kept.address === location.href && type !== "navigate") this.#put(kept);
    else if (kept.replaced) {
      sessionStorage.removeItem(KEY);
      toast("The preset has replaced what you had typed.", { action: "Undo", onAction: () => this.#put(kept), patient: true });
    }
  }

  #put({ values, grid }) {
    this.#typed = true;
    this.specForm.restore(values, grid);
  }

  // replaced: by a preset, on the next page.
  #keep(replaced) {
    if (replaced || !read()?.replaced) {
      const { form, touched, vary } = this.specForm;
      const controls = [...touched.map((id) => document.getElementById(id)), ...OTHERS.map((name) => form.elements[name]).filter(Boolean)];
      const values = controls.map((control) => [control.id, control.type === "checkbox" ? control.checked : control.value]);
      sessionStorage.setItem(KEY, JSON.stringify({ address: location.href, replaced, values, grid: vary.grid() }));
    }
  }

  #forget() {
    this.#typed = false;
    sessionStorage.removeItem(KEY);
  }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}
