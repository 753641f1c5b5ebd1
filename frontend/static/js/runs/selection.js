// Which runs are chosen: numbers and what is known of each, not rows. So a choice outlives its rows,
// which are replaced as runs change, and may name runs that the page does not show.
// Event `change` when it is another one; once, however much changes at a time.

export class Selection extends EventTarget {
  #facts = new Map(); // number -> {name, can}
  #told = true;

  get size() {
    return this.#facts.size;
  }

  get ids() {
    return [...this.#facts.keys()];
  }

  has(id) {
    return this.#facts.has(id);
  }

  // The chosen runs whose state allows the action.
  able(action) {
    return [...this.#facts].filter(([, { can }]) => can.includes(action)).map(([id]) => id);
  }

  // runs: [[id, facts], ...]
  set(runs, selected) {
    for (const [id, facts] of runs) {
      if (selected) this.#facts.set(id, facts);
      else this.#facts.delete(id);
    }
    this.#changed();
  }

  // A run has changed: what can be done with it may be something else now.
  learn(id, facts) {
    if (this.has(id)) this.set([[id, facts]], true);
  }

  clear() {
    this.#facts.clear();
    this.#changed();
  }

  #changed() {
    if (!this.#told) return;
    this.#told = false;
    queueMicrotask(() => {
      this.#told = true;
      this.dispatchEvent(new Event("change"));
    });
  }
}
