// The dendrogram beside a matrix in cluster order: leaves at its rows, the root on the right.
import { yOf } from "../pure/layout.js";
import { clusterAt } from "../pure/dendrogram.js";

const NEAR = 4; // CSS pixels by which a click may miss a joint

// shown: from dendrogram.placed; `most`: the root's height.
export function drawTree(context, layout, shown, most, colour, accent) {
  const { x, y, width, height } = layout.tree;
  const xAt = (value) => x + (most ? value / most : 0) * width;
  context.save();
  context.beginPath();
  context.rect(x - 1, y, width + 2, height);
  context.clip();
  context.lineWidth = 1;
  context.strokeStyle = colour;
  context.fillStyle = accent;
  context.beginPath();
  for (const entry of shown) {
    if (entry.leaf && entry.node.left) drawCollapsed(context, layout, entry, x, xAt(entry.node.height));
    else if (!entry.leaf) drawJoint(context, layout, entry, xAt);
  }
  context.stroke();
  context.restore();
}

function drawJoint(context, layout, { node, from, to }, xAt) {
  const right = xAt(node.height);
  context.moveTo(xAt(from.node.height), yOf(layout, from.at));
  context.lineTo(right, yOf(layout, from.at));
  context.lineTo(right, yOf(layout, to.at));
  context.lineTo(xAt(to.node.height), yOf(layout, to.at));
}

function drawCollapsed(context, layout, { at }, left, right) {
  const half = Math.max(2, Math.min(7, layout.cell / 2 - 1));
  const y = yOf(layout, at);
  const triangle = new Path2D();
  triangle.moveTo(left, y - half);
  triangle.lineTo(Math.max(right, left + 6), y);
  triangle.lineTo(left, y + half);
  context.fill(triangle);
}

// The node that a point in the tree's room means, or null.
export function nodeAt(layout, shown, most, px, py) {
  const { tree } = layout;
  if (!tree || px < tree.x - NEAR || px > tree.x + tree.width + NEAR) return null;
  if (py < tree.y || py >= tree.y + tree.height) return null;
  const height = ((px + NEAR - tree.x) / tree.width) * most;
  return clusterAt(shown, layout.row + (py - tree.y) / layout.cell, height);
}
