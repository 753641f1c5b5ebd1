// Max-pooling: when a cell is smaller than a device pixel, a single hot cell must not vanish.
// Codes are monotone in their value, so the largest code is the largest value. No DOM here.

// The part `view` ({row, column, span}, in cells) of a frame as outSize x outSize codes, each the
// one farthest from `centre` of the cells whose middle it covers; with the centre 0 that is the
// largest. `order`: the class at each place, or null. `skipDiagonal`: cells (i, i) don't count.
export function maxPool({ rows, columns, codes }, view, outSize, { order = null, centre = 0, skipDiagonal = false } = {}) {
  const out = new Uint16Array(outSize * outSize).fill(centre);
  const scale = outSize / view.span;
  const firstColumn = Math.floor(view.column);
  const lastColumn = Math.min(columns, Math.ceil(view.column + view.span));
  const pixelOf = new Int32Array(columns);
  const classOf = order ?? Uint32Array.from({ length: columns }, (_, j) => j);
  for (let j = firstColumn; j < lastColumn; j++) pixelOf[j] = pixel(j, view.column, scale, outSize);
  const lastRow = Math.min(rows, Math.ceil(view.row + view.span));
  for (let i = Math.floor(view.row); i < lastRow; i++) {
    const base = pixel(i, view.row, scale, outSize) * outSize;
    const from = classOf[i] * columns;
    for (let j = firstColumn; j < lastColumn; j++) {
      if (skipDiagonal && i === j) continue;
      const at = base + pixelOf[j];
      const code = codes[from + classOf[j]];
      if (centre === 0 ? code > out[at] : Math.abs(code - centre) > Math.abs(out[at] - centre)) out[at] = code;
    }
  }
  return out;
}

function pixel(place, start, scale, size) {
  return Math.min(size - 1, Math.max(0, Math.floor((place + 0.5 - start) * scale)));
}
