// What a pointer over a matrix tells and does: the tooltip of a cell, picking cells, rows and the
// tree's nodes.
import { nodeAt } from "./tree.js";
import { hit } from "../pure/layout.js";

export class Pointer {
  #event = null; // where it is, null: elsewhere
  #row = null; // the class whose row it is over

  // view: a <matrix-view>
  constructor(view) {
    this.view = view;
    view.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    view.canvas.addEventListener("pointerdown", (event) => this.#hover(event));
    view.canvas.addEventListener("pointerleave", () => this.#leave());
    view.canvas.addEventListener("click", (event) => this.#click(event));
  }

  get over() {
    return this.#event !== null;
  }

  // What lies under it may have changed.
  again() {
    if (this.#event) this.#hover(this.#event);
  }

  // A cell, in places; column null: its row's name.
  pick({ row, column }) {
    const { members } = this.view.arrangement;
    const [own] = members[row];
    this.#tell("classpick", { row: own });
    if (column === null || members[row].length + members[column].length > 2) return;
    this.#tell("cellpick", { row: own, column: members[column][0] });
  }

  #tell(name, detail) {
    this.view.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  #at(event) {
    const box = this.view.canvas.getBoundingClientRect();
    return [event.clientX - box.x, event.clientY - box.y];
  }

  #click(event) {
    const { layout, tree } = this.view;
    if (!layout) return;
    const node = tree && nodeAt(layout, tree.shown, tree.most, ...this.#at(event));
    if (node) this.#tell("treepick", { node });
    const cell = hit(layout, ...this.#at(event));
    if (cell) this.pick(cell);
  }

  #hover(event) {
    const { view } = this;
    if (!view.layout || view.gestures.dragging) return;
    if (event !== this.#event) this.#tell("needfull");
    this.#event = event;
    const [px, py] = this.#at(event);
    const cell = hit(view.layout, px, py);
    if (cell && cell.column !== null) view.marks.tell(cell, px, py);
    else view.marks.place(false);
    this.#over(cell ? view.arrangement.members[cell.row][0] : null);
  }

  #over(row) {
    if (row === this.#row) return;
    this.#row = row;
    this.#tell("classhover", { row });
  }

  #leave() {
    this.#event = null;
    this.#over(null);
    if (this.view.layout) this.view.marks.place(false);
  }
}
