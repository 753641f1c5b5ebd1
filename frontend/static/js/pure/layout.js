// Where a matrix, its labels and its colour scale stand on a canvas. Lengths are CSS pixels;
// the matrix's side is a whole number of device pixels a cell, so that cells are equal. No DOM.

export const FONT = 11;
const SCALE_WIDTH = 12;
const SCALE_SPACE = 74; // the scale, its ticks' numbers, air
const TITLE = 18;
const GAP = 6;

export function heatmapLayout({ width, height, rows, columns, ratio, labelWidth }) {
  const left = Math.min(labelWidth, width * 0.22) + GAP + TITLE;
  // Labels below stand upright when they are short, else they are turned by 90 degrees.
  const turned = labelWidth > FONT * 2.4;
  const bottom = (turned ? Math.min(labelWidth, height * 0.2) : FONT + 2) + GAP + TITLE;
  const top = GAP + 2;
  const free = {
    width: Math.max(20, width - left - SCALE_SPACE),
    height: Math.max(20, height - top - bottom),
  };
  const room = Math.min(free.width, free.height) * ratio;
  const most = Math.max(rows, columns);
  const cell = Math.floor(room / most); // device pixels; 0 when cells must be pooled
  const side = cell >= 1 ? [columns * cell, rows * cell] : [Math.floor(room), Math.floor(room)];
  const [matrixWidth, matrixHeight] = side.map((length) => length / ratio);
  const slack = Math.max(0, free.width - matrixWidth);
  const x = Math.round((left + slack / 2) * ratio) / ratio;
  const y = Math.round((top + Math.max(0, free.height - matrixHeight) / 2) * ratio) / ratio;
  return {
    x,
    y,
    width: matrixWidth,
    height: matrixHeight,
    pixelWidth: side[0],
    pixelHeight: side[1],
    pooled: cell < 1,
    cellWidth: matrixWidth / columns,
    cellHeight: matrixHeight / rows,
    rowStep: labelStep(matrixHeight / rows, FONT + 1),
    columnStep: labelStep(matrixWidth / columns, turned ? FONT + 1 : labelWidth + 4),
    turned,
    labelRoom: left - GAP - TITLE,
    scale: { x: x + matrixWidth + 16, y, width: SCALE_WIDTH, height: matrixHeight },
    title: TITLE,
    gap: GAP,
  };
}

// Every how-many-th label fits: 1, 2, 5, 10, 20, ...
export function labelStep(cell, needed) {
  for (let power = 1; power < 1e6; power *= 10) {
    for (const part of [1, 2, 5]) if (part * power * cell >= needed * 0.86) return part * power;
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
