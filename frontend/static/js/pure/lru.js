// A cache that forgets what was used longest ago once its weight is too great. No DOM here.

export class Lru {
  #items = new Map();
  #weight = 0;

  constructor(most) {
    this.most = most;
  }

  get weight() {
    return this.#weight;
  }

  get(key) {
    const item = this.#items.get(key);
    if (item) {
      this.#items.delete(key);
      this.#items.set(key, item);
    }
    return item?.value;
  }

  has(key) {
    return this.#items.has(key);
  }

  set(key, value, weight) {
    this.delete(key);
    this.#items.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#items.keys()) {
      if (this.#weight <= this.most || this.#items.size === 1) break;
      this.delete(oldest);
    }
  }

  delete(key) {
    const item = this.#items.get(key);
    if (!item) return;
    this.#items.delete(key);
    this.#weight -= item.weight;
  }
}
