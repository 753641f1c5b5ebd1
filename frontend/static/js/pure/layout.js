// Where a matrix, its labels, its tree and its colour scale stand on a canvas. Lengths are CSS
// pixels, those named pixel* device pixels. No DOM here.

export const FONT = 11;
const SCALE_WIDTH = 12;
const SCALE_SPACE = 84; // the scale, its ticks' numbers, air
const TREE = 72;
const TITLE = 18;
const GAP = 6;

// `size`: rows (= columns) of the whole matrix; `view`: the part of it that is shown, by default
// all; `scale`: whether the colour scale stands beside it (several views share one elsewhere);
// `tree`: whether a dendrogram does.
export function heatmapLayout({ width, height, size, ratio, labelWidth, view = null, scale = true, tree = false }) {
  const { row, column, span } = view ?? { row: 0, column: 0, span: size };
  const left = Math.min(labelWidth, width * 0.22) + GAP + TITLE;
  const treeRoom = tree ? Math.min(TREE, width * 0.12) : 0;
  const beside = width < 420 ? 8 : 16; // air between matrix and scale
  const right = (scale ? SCALE_SPACE - 16 + beside : 10) + treeRoom;
  // Labels below stand upright when they are short, else they are turned by 90 degrees.
  const turned = labelWidth > FONT * 2.4;
  const bottom = (turned ? Math.min(labelWidth, height * 0.2) : FONT + 2) + GAP + TITLE;
  const top = GAP + 2;
  const free = { width: Math.max(20, width - left - right), height: Math.max(20, height - top - bottom) };
  const side = sideOf(Math.min(free.width, free.height) * ratio, size);
  const length = side / ratio;
  const x = Math.round((left + Math.max(0, free.width - length) / 2) * ratio) / ratio;
  const y = Math.round((top + Math.max(0, free.height - length) / 2) * ratio) / ratio;
  const cell = length / span;
  // A little smaller when that lets every label stand.
  const font = cell < FONT + 1 && cell >= 9 ? 9 : FONT;
  const edge = x + length;
  return {
    x, y, width: length, height: length, pixelSide: side,
    row, column, span, size, cell, font, turned,
    pooled: side < span,
    rowStep: labelStep(cell, font),
    columnStep: labelStep(cell, turned ? font : (labelWidth * font) / FONT),
    labelRoom: left - GAP - TITLE,
    tree: tree ? { x: edge + 6, y, width: treeRoom - 8, height: length } : null,
    scale: scale ? { x: edge + treeRoom + beside, y, width: SCALE_WIDTH, height: length } : null,
    title: TITLE,
    gap: GAP,
  };
}

// Device pixels of a side. Small cells get whole pixels, or their difference would show; from 4
// pixels on the room is better used up, and below 1 cells are pooled.
function sideOf(room, size) {
  const exact = room / size;
  return Math.floor(exact >= 4 || exact < 1 ? room : Math.floor(exact) * size);
}

// Every how-many-th label fits: 1, 2, 5, 10, 20, ...
export function labelStep(cell, needed) {
  for (let power = 1; power < 1e6; power *= 10) {
    for (const part of [1, 2, 5]) if (part * power * cell >= needed) return part * power;
  }
  return 1e6;
}

// The left and upper edge of a place, in CSS pixels.
export const xOf = (layout, place) => layout.x + (place - layout.column) * layout.cell;
export const yOf = (layout, place) => layout.y + (place - layout.row) * layout.cell;

// The point in cells (not rounded) and whether it lies in the matrix.
export function pointAt(layout, px, py) {
  const [right, down] = [px - layout.x, py - layout.y];
  return {
    row: layout.row + down / layout.cell,
    column: layout.column + right / layout.cell,
    inside: right >= 0 && down >= 0 && right < layout.width && down < layout.height,
  };
}

// The cell at a point; {row, column: null} where a label is; or null.
export function hit(layout, px, py) {
  const point = pointAt(layout, px, py);
  const row = Math.min(layout.size - 1, Math.floor(point.row));
  const column = Math.min(layout.size - 1, Math.floor(point.column));
  if (point.inside) return { row, column };
  const [right, down] = [px - layout.x, py - layout.y];
  const beside = right < 0 && right > -layout.labelRoom - 20;
  if (beside && down >= 0 && down < layout.height) return { row, column: null };
  if (down >= layout.height && right >= 0 && right < layout.width) return { row: column, column: null };
  return null;
}
