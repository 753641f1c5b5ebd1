// A tree of classes from SciPy's linkage: row i joins two nodes into node K + i. No DOM here.

// [{id, left, right, height, leaves: [first place, places]}] by node; leaves have no children.
export function treeOf(linkage, order) {
  const k = order.length;
  const nodes = Array.from({ length: k }, (_, id) => ({ id, height: 0, left: null, right: null }));
  order.forEach((own, at) => Object.assign(nodes[own], { first: at, count: 1, at: at + 0.5 }));
  linkage.forEach(([a, b, height], index) => {
    const [left, right] = [nodes[a], nodes[b]].sort((x, y) => x.first - y.first);
    nodes.push({ id: k + index, height, left, right, first: left.first, count: left.count + right.count });
  });
  return { k, nodes, root: nodes.at(-1), order };
}

export const classesOf = (tree, node) => tree.order.slice(node.first, node.first + node.count);

// Places (rows of the matrix) of all nodes, some of which are collapsed into one row; `at` is the
// middle of a node's row or the mean of its children's. Nodes inside a collapsed one get no place.
export function placed(tree, collapsed) {
  const shown = [];
  let row = 0;
  const visit = (node) => {
    if (!node.left || collapsed.has(node.id)) {
      const leaf = { node, at: row++ + 0.5, leaf: true };
      shown.push(leaf);
      return leaf;
    }
    const [a, b] = [visit(node.left), visit(node.right)];
    const inner = { node, at: (a.at + b.at) / 2, from: a, to: b, leaf: false };
    shown.push(inner);
    return inner;
  };
  visit(tree.root);
  return shown;
}

// The largest cluster that holds a row and is joined at or below a height; at a collapsed row the
// collapsed node itself.
export function clusterAt(shown, row, height) {
  const leaf = shown.find((entry) => entry.leaf && Math.floor(entry.at) === Math.floor(row));
  if (!leaf) return null;
  if (leaf.node.left) return leaf.node;
  const { first } = leaf.node;
  let best = null;
  for (const { node } of shown) {
    const holds = node.left && node.first <= first && first < node.first + node.count;
    if (holds && node.height <= height && (!best || node.count > best.count)) best = node;
  }
  return best;
}

// Clusters below `share` of the tree's height, as [{start, end}] in places; single classes are none.
export function cut(tree, share) {
  const limit = share * tree.root.height;
  const blocks = [];
  const visit = (node) => {
    if (node.left && node.height > limit) {
      visit(node.left);
      visit(node.right);
    } else if (node.count > 1) {
      blocks.push({ name: "", start: node.first, end: node.first + node.count });
    }
  };
  visit(tree.root);
  return blocks;
}
