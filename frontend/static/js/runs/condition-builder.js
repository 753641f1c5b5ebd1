// <condition-builder>: a field or metric by its title, a comparison, a value; Add puts them into the
// filter form as one more `where`, whose address is the page's. A noise rate or a tag is chosen from
// those there are. A condition that is typed into the search box becomes one too.

const TARGET = /^((spec|config)(\.[^\s.<>=!~,]+)+|[^<>=!~,]+\.(last|best))$/;
const CONDITION = /^\s*([^<>=!~]+?)\s*(<=|>=|!=|=|<|>|~)\s*(.+?)\s*$/;

class ConditionBuilder extends HTMLElement {
  connectedCallback() {
    this.form = document.querySelector("form.filters");
    this.form.addEventListener("submit", () => this.#searched());
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

  // Of the search box's text: a condition where it begins with a field's or a metric's name.
  #searched() {
    const box = this.form.elements.q;
    const [, target, compare, value] = CONDITION.exec(box.value) ?? [];
    if (!target || wrong(target, compare, value)) return;
    box.value = "";
    this.#append("where", `${target}${compare}${value}`);
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

  #append(name, value) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    this.form.append(input);
  }

  #submit(name, value) {
    this.#append(name, value);
    this.form.requestSubmit();
  }
}

// What fields and metrics are called: by title, by path with and without its beginning.
function names() {
  const known = new Map(); // name -> target
  for (const { value, textContent: target } of document.querySelectorAll("#names option")) {
    const path = target.replace(/^spec\./, "");
    for (const name of [value, value.split(": ").at(-1), target, path, path.split(".").at(-1), path.replace(/\.(last|best)$/, "")]) {
      known.set(name.replace("†", "").toLowerCase(), target);
    }
  }
  return known;
}

// As backend/store/conditions.py reads it.
function wrong(target, compare, value) {
  const resolved = TARGET.test(target) ? target : names().get(target.replace("†", "").toLowerCase());
  if (!resolved) return `No field or metric is called “${target}”: choose one of the list.`;
  if (!value) return "Write a value to compare with.";
  const metric = !/^(spec|config)\./.test(resolved);
  if (metric && compare === "~") return "A metric is a number: compare it with < > = or !=.";
  const ordered = metric || "<>".includes(compare[0]);
  return ordered && !Number.isFinite(Number(value)) ? `“${value}” is no number.` : "";
}

customElements.define("condition-builder", ConditionBuilder);
