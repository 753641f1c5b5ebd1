// <page-nav><nav><a href="#class">…</a></nav><label class="nav-epoch">… <input type="range"></label>
// </page-nav>: where the page's sections are, and the page's one epoch while the player is out of
// sight. CustomEvent `epochpick` {epoch}.
import { write } from "../core/patch.js";

const TOPBAR = 44; // px; what stands below the two bars is out of sight

export class PageNav extends HTMLElement {
  #epochs = [];

  connectedCallback() {
    this.range = this.querySelector("input");
    this.label = this.querySelector('[data-live="nav-epoch"]');
    this.slider = this.querySelector(".nav-epoch");
    this.links = [...this.querySelectorAll("a")];
    this.range.addEventListener("input", () => {
      const epoch = this.#epochs[Number(this.range.value)];
      this.dispatchEvent(new CustomEvent("epochpick", { bubbles: true, detail: { epoch } }));
    });
    this.#markSection();
  }

  // Follows the player: {epoch} of its `epochchange`, the epochs there are.
  show(epoch, epochs) {
    this.#epochs = epochs;
    this.range.max = Math.max(0, epochs.length - 1);
    this.range.value = Math.max(0, epochs.indexOf(epoch));
    this.range.disabled = epochs.length === 0;
    this.range.setAttribute("aria-valuetext", epochs.length ? `epoch ${epoch}` : "no epoch yet");
    write(this.label, epochs.length ? epoch : "–");
  }

  // The slider shows once `element` (the player's controls) has left the window.
  replaces(element) {
    new IntersectionObserver((entries) => {
      this.slider.classList.toggle("away", entries.at(-1).isIntersecting);
    }, { rootMargin: `-${Math.round(this.getBoundingClientRect().height) + TOPBAR}px 0px 0px` }).observe(element);
  }

  // The section that the window's upper part shows.
  #markSection() {
    const sections = this.links.map((link) => document.querySelector(link.hash)).filter(Boolean);
    const seen = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) isIntersecting ? seen.add(target) : seen.delete(target);
      const current = sections.find((section) => seen.has(section));
      for (const link of this.links) {
        if (current && link.hash === `#${current.id}`) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "-15% 0px -60% 0px" });
    for (const section of sections) observer.observe(section);
  }
}

customElements.define("page-nav", PageNav);
