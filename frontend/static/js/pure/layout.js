// Where a matrix, its labels and its colour scale stand on a canvas. Lengths are CSS pixels, those
// named pixel* device pixels. No DOM here.

export const FONT = 11;
const SCALE_WIDTH = 12;
const SCALE_SPACE = 84; // the scale, its ticks' numbers, air
const TITLE = 18;
const GAP = 6;

// `scale`: whether the colour scale stands beside the matrix (several views share one elsewhere).
export function heatmapLayout({ width, height, rows, columns, ratio, labelWidth, scale = true }) {
  const left = Math.min(labelWidth, width * 0.22) + GAP + TITLE;
  const right = scale ? SCALE_SPACE : 10;
  // Labels below stand upright when they are short, else they are turned by 90 degrees.
  const turned = labelWidth > FONT * 2.4;
  const bottom = (turned ? Math.min(labelWidth, height * 0.2) : FONT + 2) + GAP + TITLE;
  const top = GAP + 2;
  const free = {
    width: Math.max(20, width - left - right),
    height: Math.max(20, height - top - bottom),
  };
  const room = Math.min(free.width, free.height) * ratio;
  const most = Math.max(rows, columns);
  // Device pixels a cell; below 1 cells must be pooled. Small cells get whole pixels, or their
  // difference would show; from 4 pixels on the room is better used up.
  const exact = room / most;
  const cell = exact >= 4 || exact < 1 ? exact : Math.floor(exact);
  const side =
    cell >= 1
      ? [Math.floor(columns * cell), Math.floor(rows * cell)]
      : [Math.floor(room), Math.floor(room)];
  const [matrixWidth, matrixHeight] = side.map((length) => length / ratio);
  const slack = Math.max(0, free.width - matrixWidth);
  const x = Math.round((left + slack / 2) * ratio) / ratio;
  const y = Math.round((top + Math.max(0, free.height - matrixHeight) / 2) * ratio) / ratio;
  const [cellWidth, cellHeight] = [matrixWidth / columns, matrixHeight / rows];
  // A little smaller when that lets every label stand.
  const font = Math.min(cellWidth, cellHeight) < FONT + 1 && Math.min(cellWidth, cellHeight) >= 9 ? 9 : FONT;
  return {
    x,
    y,
    width: matrixWidth,
    height: matrixHeight,
    pixelWidth: side[0],
    pixelHeight: side[1],
    pooled: cell < 1,
    cellWidth,
    cellHeight,
    font,
    rowStep: labelStep(cellHeight, font),
    columnStep: labelStep(cellWidth, turned ? font : (labelWidth * font) / FONT),
    turned,
    labelRoom: left - GAP - TITLE,
    scale: scale ? { x: x + matrixWidth + 16, y, width: SCALE_WIDTH, height: matrixHeight } : null,
    title: TITLE,
    gap: GAP,
  };
}

// Every how-many-th label fits: 1, 2, 5, 10, 20, ...
export function labelStep(cell, needed) {
  for (let power = 1; power < 1e6; power *= 10) {
    for (const part of [1, 2, 5]) if (part * power * cell >= needed) return part * power;
  }
  return 1e6;
}

// The cell at a point, or the row or column whose label is there, or null.
export function hit(layout, rows, columns, px, py) {
  const column = Math.floor((px - layout.x) / layout.cellWidth);
  const row = Math.floor((py - layout.y) / layout.cellHeight);
  const inColumns = column >= 0 && column < columns;
  const inRows = row >= 0 && row < rows;
  if (inColumns && inRows) return { row, column };
  if (inRows && px < layout.x && px > layout.x - layout.labelRoom - 20) return { row, column: null };
  if (inColumns && py > layout.y + layout.height) return { row: column, column: null };
  return null;
}
