// <pairs-list><h2>... <span data-live="pairs-epoch"></span></h2><ol></ol></pairs-list>
// The strongest entries off the diagonal. The server renders the first ones; show() renews them.
// CustomEvent `classpick` {row} when one is clicked.
import { write } from "../core/patch.js";
import { strongestPairs } from "../pure/pairs.js";
import { number, percent } from "../pure/format.js";

const COUNT = 8;

export class PairsList extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    this.label = this.querySelector('[data-live="pairs-epoch"]');
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-class]");
      if (!button) return;
      const detail = { row: Number(button.dataset.class) };
      this.dispatchEvent(new CustomEvent("classpick", { bubbles: true, detail }));
    });
  }

  show(frame, classes, epoch) {
    write(this.label, `epoch ${epoch}`);
    if (!frame.full) return; // a preview has other cells; the full frame follows
    const pairs = strongestPairs(frame, COUNT);
    while (this.list.children.length > pairs.length) this.list.lastChild.remove();
    const said = frame.exact ? number : (value) => percent(value, 2);
    pairs.forEach((pair, index) => this.#fill(this.#item(index), pair, pairs[0].value, classes, said));
  }

  #item(index) {
    let item = this.list.children[index];
    if (!item) {
      item = document.createElement("li");
      item.innerHTML = `<button type="button"><span class="pair"><b></b> <span class="arrow" aria-label="similar to">→</span> <b></b></span><span class="pair-bar"><span></span></span><span class="num"></span></button>`;
      this.list.append(item);
    }
    return item;
  }

  #fill(item, { row, column, value }, most, classes, said) {
    item.firstElementChild.dataset.class = row;
    const [from, to] = item.querySelectorAll("b");
    write(from, classes[row] ?? row);
    write(to, classes[column] ?? column);
    item.querySelector(".pair-bar span").style.width = `${Math.max(0, (100 * value) / most)}%`;
    write(item.querySelector(".num"), said(value));
  }
}

customElements.define("pairs-list", PairsList);
