// What a panel shows is fetched when it nears the window, and again when there is news. Of several
// answers the newest question's counts; while a question waits, later ones replace it.
import { isBundling } from "./bundle.js";

const NEAR = "600px";

// told(near) whenever the element comes near the window or leaves it.
export function whileNear(element, told) {
  const observer = new IntersectionObserver(
    (entries) => told(entries.at(-1).isIntersecting), { rootMargin: NEAR },
  );
  observer.observe(element);
}

export class PanelData {
  near = false;
  #stale = true;
  #token = 0;
  #timer = 0;

  // load(): a promise of the data, or null when there is nothing to ask for; show(data); fail();
  // seen(): it has come near, and what is there may be shown.
  constructor(element, { load, show, fail, seen }) {
    Object.assign(this, { element, load, show, fail });
    whileNear(element, (near) => {
      this.near = near;
      if (near && this.#stale) this.#fetch();
      if (near) seen?.();
    });
  }

  // Asks anew after `pause` ms without another call, or with the page's other parts where they are
  // asking together; a panel far from the window waits.
  renew(pause = 0) {
    this.#stale = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.near && this.#fetch(), isBundling() ? 0 : pause);
  }

  async #fetch() {
    const asked = this.load();
    if (!asked) return;
    const token = ++this.#token;
    this.#stale = false;
    try {
      const data = await asked;
      if (token === this.#token) this.show(data);
    } catch {
      this.#stale = true;
      if (token === this.#token) this.fail?.();
    } finally {
      if (token === this.#token) this.element.setAttribute("loaded", "");
    }
  }
}
