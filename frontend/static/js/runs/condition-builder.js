// <condition-builder>: a field or metric, a comparison, a value; Add puts them into the filter form
// as one more `where`, whose address is the page's. A noise rate or a tag is chosen from those there are.

const TARGET = /^(spec(\.[a-z0-9_]+)+|[a-z][a-z0-9_]*\.(last|best))$/;

class ConditionBuilder extends HTMLElement {
  connectedCallback() {
    this.querySelector('[data-control="add"]').addEventListener("click", () => this.#add());
    this.addEventListener("change", (event) => {
      const { pick } = event.target.dataset;
      if (pick && event.target.value) this.#submit(pick, event.target.value);
    });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.localName !== "input") return;
      event.preventDefault();
      this.#add();
    });
  }

  #part(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  #add() {
    const target = this.#part("target").value.trim();
    const compare = this.#part("compare").value;
    const value = this.#part("value").value.trim();
    const fault = wrong(target, compare, value);
    this.querySelector(".field-error").textContent = fault;
    if (!fault) this.#submit("where", `${target}${compare}${value}`);
  }

  #submit(name, value) {
    const form = document.querySelector("form.filters");
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
    form.requestSubmit();
  }
}

// As backend/store/conditions.py reads it.
function wrong(target, compare, value) {
  if (!TARGET.test(target)) return "Write a field such as spec.method.alpha, or a metric such as val_ece.last.";
  if (!value) return "Write a value to compare with.";
  const metric = !target.startsWith("spec.");
  if (metric && compare === "~") return "A metric is a number: compare it with < > = or !=.";
  const ordered = metric || "<>".includes(compare[0]);
  return ordered && !Number.isFinite(Number(value)) ? `“${value}” is no number.` : "";
}

customElements.define("condition-builder", ConditionBuilder);
