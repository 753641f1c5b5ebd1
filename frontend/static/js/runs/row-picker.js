// Choosing rows of a table by their checkboxes: one, a range with Shift, all with the head's box.
// Keys on a row's box: arrows move, Shift and arrows choose on the way, Ctrl+A all, Escape none.

export class RowPicker {
  #anchor = null; // the row that a range starts from: its number

  constructor(table, selection) {
    this.body = table.querySelector("tbody");
    this.all = table.querySelector('[data-control="all"]');
    this.selection = selection;
    this.body.addEventListener("click", (event) => event.target.matches(BOX) && this.#clicked(event));
    // A click on the label beside a box gives no sign of Shift to the box.
    this.body.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest(".pick") && event.preventDefault());
    table.addEventListener("keydown", (event) => this.#key(event));
    this.all.addEventListener("change", () => this.#setAll(this.all.checked));
    selection.addEventListener("change", () => this.#show());
    for (const box of this.body.querySelectorAll(`${BOX}:checked`)) box.checked = false; // kept by a reload
  }

  get boxes() {
    return [...this.body.querySelectorAll(`${BOX}:not(:disabled)`)];
  }

  // A row that has been replaced, or is new.
  dress(row) {
    this.learn(row);
    row.querySelector(BOX).checked = this.selection.has(Number(row.dataset.run));
  }

  // What can be done with a run now, whether its row stands here or not.
  learn(row) {
    this.selection.learn(Number(row.dataset.run), factsOf(row));
  }

  #clicked(event) {
    const box = event.target;
    this.#choose(box, box.checked, event.shiftKey);
  }

  #choose(box, selected, range) {
    const boxes = this.boxes;
    const from = boxes.findIndex((other) => other.value === this.#anchor);
    const to = boxes.indexOf(box);
    const span = range && from >= 0 ? boxes.slice(Math.min(from, to), Math.max(from, to) + 1) : [box];
    if (!range || from < 0) this.#anchor = box.value;
    this.selection.set(span.map(entry), selected);
  }

  #setAll(selected) {
    this.selection.set(this.boxes.map(entry), selected);
  }

  #key(event) {
    if (event.key === "Escape" && this.selection.size) this.selection.clear();
    if (!event.target.matches?.(BOX)) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "a") {
      event.preventDefault();
      this.#setAll(true);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#move(event.target, event.key === "ArrowDown" ? 1 : -1, event.shiftKey);
    }
  }

  #move(box, step, choosing) {
    const boxes = this.boxes;
    const next = boxes[boxes.indexOf(box) + step];
    if (!next) return;
    next.focus();
    if (!choosing) return;
    if (!this.selection.has(Number(box.value))) this.#choose(box, true, false);
    this.#choose(next, true, false);
  }

  #show() {
    const boxes = this.boxes;
    for (const box of boxes) box.checked = this.selection.has(Number(box.value));
    const count = boxes.filter((box) => box.checked).length;
    this.all.checked = count > 0 && count === boxes.length;
    this.all.indeterminate = count > 0 && count < boxes.length;
  }
}

const BOX = 'input[name="runs"]';

const factsOf = (row) => ({ name: row.dataset.name, can: row.dataset.can.split(" ") });

const entry = (box) => [Number(box.value), factsOf(box.closest("tr"))];
