// <code-tabs>: a tablist and its panels, with the keys that tabs have.

class CodeTabs extends HTMLElement {
  connectedCallback() {
    this.tabs = [...this.querySelectorAll('[role="tab"]')];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.#open(tab));
    this.querySelector('[role="tablist"]').addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      const at = this.tabs.indexOf(document.activeElement);
      const next = this.tabs[(at + by + this.tabs.length) % this.tabs.length];
      this.#open(next);
      next.focus();
    });
  }

  #open(selected) {
    for (const tab of this.tabs) {
      const open = tab === selected;
      tab.setAttribute("aria-selected", String(open));
      tab.tabIndex = open ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !open;
    }
  }
}

customElements.define("code-tabs", CodeTabs);
