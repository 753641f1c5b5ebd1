// Which step of the story is being read: the one that lies across the reading line. Arrow keys go to the
// next and the previous one, and the address names the step. `onRead({step, progress})` is called at
// every change; progress goes from 0 to 1 while a long step passes the line.

const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const FULL = 0.7; // of a long step's way is passed when its figure is complete

export class Steps {
  #step = "";
  #progress = -1;
  #frame = 0;
  #timer = 0;

  constructor(story, onRead) {
    this.sections = [...story.querySelectorAll("[data-step]")];
    this.links = [...story.querySelectorAll(".story-nav a")];
    this.figure = story.querySelector(".story-figure");
    this.onRead = onRead;
    for (const type of ["scroll", "resize"]) addEventListener(type, () => this.#soon(), { passive: true });
    still.addEventListener("change", () => this.#read());
    document.addEventListener("keydown", (event) => this.#key(event));
    for (const link of this.links) link.addEventListener("click", (event) => this.#follow(event, link));
    // The browser went to the address's step before this script gave the steps their height.
    this.sections.find(({ id }) => `#${id}` === location.hash)?.scrollIntoView({ behavior: "instant", block: "start" });
    new ResizeObserver(() => this.#soon()).observe(story);
    this.#read();
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#read();
    });
  }

  #read() {
    const { start, line } = this.#places();
    const index = Math.max(0, this.sections.findLastIndex((section) => section.getBoundingClientRect().top <= line));
    const section = this.sections[index];
    const { top, height } = section.getBoundingClientRect();
    const passed = Math.min(1, Math.max(0, (start - top) / (FULL * (height - (line - start)))));
    const progress = still.matches || !section.classList.contains("long") ? 1 : passed;
    const { step } = section.dataset;
    if (step === this.#step && progress === this.#progress) return;
    if (step !== this.#step) this.#entered(index);
    Object.assign(this, { at: index });
    this.#step = step;
    this.#progress = progress;
    this.onRead({ step, progress });
  }

  // Where a step stands that was gone to, and the reading line: beside the figure the middle of the
  // window, below it the upper part of what is left.
  #places() {
    const { top, bottom, width } = this.figure.getBoundingClientRect();
    if (width <= 0.8 * innerWidth) return { start: top, line: innerHeight / 2 };
    return { start: bottom, line: bottom + 0.4 * (innerHeight - bottom) };
  }

  #entered(index) {
    this.links.forEach((link, place) => {
      if (place === index) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
    if (!this.#step) return; // the address stays as it came
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => history.replaceState(history.state, "", `#${this.sections[index].id}`), 300);
  }

  #key(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const busy = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.target.closest("input, select, textarea, [role=region], dialog");
    if (!by || busy) return;
    const section = this.sections[this.at + by];
    if (!section) return;
    event.preventDefault();
    this.#go(section);
  }

  #follow(event, link) {
    event.preventDefault();
    this.#go(document.querySelector(link.hash));
  }

  #go(section) {
    section.scrollIntoView({ behavior: still.matches ? "auto" : "smooth", block: "start" });
    section.querySelector("h2").focus({ preventScroll: true });
  }
}
