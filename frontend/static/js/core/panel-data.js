// What a panel shows is fetched when it nears the window, and again when there is news and it is in
// sight. Of several answers the newest question's counts; while a question waits, later ones replace it.
import { isBundling } from "./bundle.js";

const NEAR = "600px";

// told(near) whenever the element comes near the window or leaves it.
export function whileNear(element, told, rootMargin = NEAR) {
  const observer = new IntersectionObserver((entries) => told(entries.at(-1).isIntersecting), { rootMargin });
  observer.observe(element);
}

export class PanelData {
  inSight = false;
  #near = false;
  #stale = true;
  #fresh = true; // nothing has been fetched yet
  #token = 0;
  #timer = 0;

  // load(): a promise of the data, or null when there is nothing to ask for; show(data); fail();
  // seen(): it has come into sight, and what is there may be shown.
  constructor(element, { load, show, fail, seen }) {
    Object.assign(this, { element, load, show, fail });
    whileNear(element, (near) => {
      this.#near = near;
      if (near && this.#fresh) this.#fetch();
    });
    whileNear(element, (inSight) => {
      this.inSight = inSight;
      if (!inSight) return;
      if (this.#stale) this.#fetch();
      seen?.();
    }, "0px");
  }

  // Asks anew after `pause` ms without another call, or with the page's other parts where they are
  // asking together; a panel out of sight waits.
  renew(pause = 0) {
    this.#stale = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wanted && this.#fetch(), isBundling() ? 0 : pause);
  }

  // Something else is asked for, by the user: it is fetched though the panel is only near.
  begin() {
    this.#fresh = true;
    this.renew();
  }

  get #wanted() {
    return this.inSight || (this.#near && this.#fresh);
  }

  async #fetch() {
    const asked = this.load();
    if (!asked) return;
    const token = ++this.#token;
    this.#stale = this.#fresh = false;
    try {
      const data = await asked;
      if (token === this.#token) this.show(data);
    } catch {
      this.#stale = this.#fresh = true;
      if (token === this.#token) this.fail?.();
    } finally {
      if (token === this.#token) this.element.setAttribute("loaded", "");
    }
  }
}
