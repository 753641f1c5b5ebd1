// What lies over a matrix's canvas: the frame round a class's row, the one round a cell, and the
// tooltip that says what the cell holds.
import { describeCell } from "./words.js";
import { xOf, yOf } from "../pure/layout.js";

const BORDER = 1.5;

export class Marks {
  #row = null; // a class
  cell = null; // {row, column} in places: the keyboard's, or one that was asked for

  // target: {shown, arrangement, layout}, an element
  constructor(target) {
    this.target = target;
    [this.tip, this.rowMark, this.cellMark] = ["tip", "row-mark", "cell-mark"].map((name) => {
      const part = document.createElement("div");
      part.className = name;
      part.hidden = true;
      target.append(part);
      return part;
    });
  }

  set row(row) {
    this.#row = row;
    this.#placeRow();
  }

  // `speak`: a screen reader says it, since nobody points at it.
  tell(cell, px, py, speak = false) {
    const { shown, arrangement, layout } = this.target;
    this.#placeCell(cell, layout);
    const words = describeCell(shown, arrangement, cell);
    this.tip.hidden = !words;
    if (!words) return;
    this.tip.toggleAttribute("aria-live", false);
    if (speak) this.tip.setAttribute("aria-live", "polite");
    this.tip.replaceChildren(...words);
    const box = this.target.getBoundingClientRect();
    this.tip.style.left = `${Math.max(0, Math.min(px + 14, box.width - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${py > box.height - 70 ? py - this.tip.offsetHeight - 10 : py + 16}px`;
  }

  // After each drawing; `pointed`: the pointer has the tooltip.
  place(pointed) {
    this.#placeRow();
    if (pointed) return;
    this.tip.hidden = this.cellMark.hidden = true;
    const { cell, target } = this;
    const { layout } = target;
    if (!cell || !this.#seen(cell.row, layout.row) || !this.#seen(cell.column, layout.column)) return;
    this.tell(cell, xOf(layout, cell.column + 1), yOf(layout, cell.row + 1), true);
  }

  #seen(at, start) {
    return at + 1 > start && at < start + this.target.layout.span;
  }

  #placeRow() {
    const { layout, arrangement } = this.target;
    const place = this.#row === null || !layout ? undefined : arrangement.placeOf[this.#row];
    this.rowMark.hidden = place === undefined || !this.#seen(place, layout.row);
    if (this.rowMark.hidden) return;
    const from = Math.max(layout.y, yOf(layout, place));
    const to = Math.min(layout.y + layout.height, yOf(layout, place + 1));
    frame(this.rowMark, layout.x, from, layout.width, to - from);
  }

  #placeCell({ row, column }, layout) {
    this.cellMark.hidden = false;
    frame(this.cellMark, xOf(layout, column), yOf(layout, row), layout.cell, layout.cell);
  }
}

function frame(part, x, y, width, height) {
  const box = { left: x - BORDER, top: y - BORDER, width: width + 2 * BORDER, height: height + 2 * BORDER };
  for (const [side, length] of Object.entries(box)) part.style[side] = `${length}px`;
}
