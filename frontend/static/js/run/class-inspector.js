// <class-inspector run="3" hidden>: the class of a click, beside the heatmap in the place of the curves:
// its bars and their history, six of its images, its mistakes. While it is open the pointer over another
// row previews that class; Escape returns to the curves. Markup: frontend/templates/run/_panels.html.
import { write } from "../core/patch.js";
import { ClassView } from "./class-view.js";
import { readUrl, writeUrl } from "../core/url-state.js";

const BARS = 8;

export class ClassInspector extends ClassView {
  connectedCallback() {
    this.begin({ bars: BARS, partners: 0, names: false, prefix: "inspected-" });
    this.side = this.parentElement.querySelector(".side");
    this.querySelector('[data-control="close"]').addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      const busy = event.target.closest("input:not([type=range]), textarea, select, dialog, details[open], [role=menu]");
      if (event.key === "Escape" && this.isOpen && !busy && !event.defaultPrevented) this.close();
    });
    this.asked = readUrl("panel") === "class";
  }

  get isOpen() {
    return !this.hidden;
  }

  // The classes are known; the address may ask for it to be open.
  setClasses(classes, row) {
    this.classes = classes;
    if (this.asked && classes.length && row !== null) this.open(row);
    this.asked = false;
  }

  open(row, picked = null) {
    if (!this.classes.length) return;
    this.picked = picked;
    this.#turn(true);
    this.show(row);
  }

  // The page's class is another one now.
  follow(row, picked) {
    if (this.isOpen) this.open(row, picked);
  }

  close() {
    const focused = this.contains(document.activeElement);
    this.#turn(false);
    if (focused) this.parentElement.querySelector("matrix-view canvas").focus({ preventScroll: true });
  }

  // The curves keep their place and size below: they need not be drawn anew.
  #turn(open) {
    this.hidden = !open;
    this.parentElement.toggleAttribute("data-inspecting", open);
    this.side.inert = open && getComputedStyle(this.side).visibility === "hidden";
    writeUrl("panel", open ? "class" : null);
    if (open) this.scrollIntoView({ block: "nearest" });
  }

  // The row under the pointer; null: none.
  preview(row) {
    if (!this.isOpen) return;
    const other = row !== null && row !== this.row && this.drawOther(row);
    this.toggleAttribute("data-previewing", Boolean(other));
    write(this.live("class-name"), `“${this.classes[other ? row : this.row]}”`);
    if (!other) this.drawRow();
  }
}

customElements.define("class-inspector", ClassInspector);
