// Brings the classes of all views into the chosen order, and collapses what the tree collapses.
import { arrange } from "../pure/arrange.js";
import { classesOf, placed } from "../pure/dendrogram.js";
import { atOrBefore } from "../pure/timeline.js";
import { FIXED, Orders } from "./orders.js";

export class Arranger {
  #key = "";
  #classes = "";

  // player: {state, runs, store, views}
  constructor(player) {
    this.player = player;
    this.orders = new Orders(player.runs[0].id);
    this.tree = null;
  }

  get k() {
    return this.player.runs[0].classes.length;
  }

  // Resolves once the order of this epoch is applied; true if anything changed. Throws an Error
  // that says why the order can't be had.
  async apply(epoch) {
    const { state, runs, store } = this.player;
    const { kind, order, groups } = state;
    const epochs = store.epochs(runs[0].id, kind);
    const of = FIXED.includes(order) ? epochs[0] : atOrBefore(epochs, state.orderEpoch ?? epoch);
    const key = [kind, order, of, groups, runs.map((run) => run.classes.length)].join(" ");
    if (key === this.#key) return false;
    const ordering = await this.orders.get(order, kind, of);
    this.#key = key;
    this.#use(ordering, groups);
    return true;
  }

  #use({ order, blocks, tree }, groups) {
    this.tree = tree;
    const collapsed = tree ? groups.filter((id) => tree.nodes[id]?.left) : [];
    const arrangement = arrange(this.k, order, collapsed.map((id) => classesOf(tree, tree.nodes[id])));
    const shown = tree && placed(tree, new Set(collapsed));
    const ordered = {
      arrangement,
      blocks: order ? inPlaces(blocks, order, arrangement) : [],
      tree: tree && { shown, most: tree.root.height },
    };
    for (const view of this.player.views) view.arrange(ordered);
    this.#announce(order ?? Array.from({ length: this.k }, (_, index) => index));
  }

  // Other views of the classes may want to stand in the same order.
  #announce(order) {
    const text = order.join(",");
    if (text === this.#classes) return;
    this.#classes = text;
    this.player.dispatchEvent(new CustomEvent("orderchange", { bubbles: true, detail: { order } }));
  }

  // Collapses a node of the tree, or expands it; what it swallows is forgotten.
  toggle(node, groups) {
    if (groups.includes(node.id)) return groups.filter((id) => id !== node.id);
    const inside = (id) => {
      const other = this.tree.nodes[id];
      return other && other.first >= node.first && other.first + other.count <= node.first + node.count;
    };
    return [...groups.filter((id) => !inside(id)), node.id];
  }
}

// Blocks of neighbours in an order, as rows of the arrangement.
function inPlaces(blocks, order, { placeOf }) {
  return blocks.map(({ name, start, end }) => ({
    name,
    start: placeOf[order[start]],
    end: placeOf[order[end - 1]] + 1,
  }));
}
