// <action-menu><button aria-expanded="false">More</button><div class="menu-panel">...</div></action-menu>
// A button and what it discloses: buttons, links, small forms. Escape and a click elsewhere close it,
// the arrows move in it; it stays within the window.

const ITEMS = "button:not(:disabled), a[href], input";
const EDGE = 8; // pixels to the window's edge

export class ActionMenu extends HTMLElement {
  connectedCallback() {
    this.toggle = this.querySelector("button");
    this.panel = this.querySelector(".menu-panel");
    this.toggle.addEventListener("click", () => this.show(!this.open));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("sent", () => this.show(false));
    this.panel.addEventListener("click", (event) => {
      if (event.target.closest("button[data-action], a[href]")) this.show(false);
    });
    this.elsewhere = (event) => !this.contains(event.target) && this.show(false);
  }

  disconnectedCallback() {
    document.removeEventListener("pointerdown", this.elsewhere);
  }

  get open() {
    return this.toggle.getAttribute("aria-expanded") === "true";
  }

  show(open) {
    this.toggle.setAttribute("aria-expanded", String(open));
    document[open ? "addEventListener" : "removeEventListener"]("pointerdown", this.elsewhere);
    if (open) this.#place();
  }

  #place() {
    this.panel.style.translate = "";
    const { left, right } = this.panel.getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const shift = left < EDGE ? EDGE - left : Math.min(0, width - EDGE - right);
    if (shift) this.panel.style.translate = `${shift}px 0`;
  }

  #key(event) {
    if (event.key === "Escape" && this.open) {
      this.show(false);
      this.toggle.focus();
      event.stopPropagation();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (event.target.type === "number") return; // there the arrows count
      event.preventDefault();
      this.show(true);
      const items = [...this.panel.querySelectorAll(ITEMS)];
      const at = items.indexOf(document.activeElement);
      const step = event.key === "ArrowDown" ? 1 : -1;
      items.at(at < 0 && step < 0 ? -1 : (at + step) % items.length)?.focus();
    }
  }
}

customElements.define("action-menu", ActionMenu);
