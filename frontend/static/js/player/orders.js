// Orders of the classes, from the server; the newest few are kept.
import { request } from "../core/api.js";
import { cut, treeOf } from "../pure/dendrogram.js";
import { Lru } from "../pure/lru.js";
import { url } from "../core/url.js";

export const FIXED = ["index", "name", "superclass"]; // orders that no epoch changes
const KEPT = 24;
const CUT = 0.7; // of the tree's height: below it classes are outlined as a block (SciPy's default)

export class Orders {
  #cache = new Lru(KEPT);

  constructor(run) {
    this.run = run;
  }

  // {order, blocks: [{name, start, end}], tree}: `order` is null for the index.
  async get(name, kind, epoch) {
    if (name === "index") return { order: null, blocks: [], tree: null };
    const facts = await this.fetch(kind, epoch);
    const order = facts.orders[name];
    if (!order) throw new Error(missing(name));
    if (name !== "cluster") return { order, blocks: name === "superclass" ? facts.blocks : [], tree: null };
    facts.tree ??= treeOf(facts.linkage, order);
    return { order, blocks: cut(facts.tree, CUT), tree: facts.tree };
  }

  fetch(kind, epoch) {
    const path = url(`/api/runs/${this.run}/orders?kind=${kind}&epoch=${epoch}`);
    const cached = this.#cache.get(path);
    if (cached) return cached;
    const task = request("GET", path);
    this.#cache.set(path, task, 1);
    task.catch(() => this.#cache.delete(path));
    return task;
  }
}

function missing(name) {
  if (name === "superclass") return "This dataset names no superclasses.";
  return `There is no order by ${name} at this epoch.`;
}
