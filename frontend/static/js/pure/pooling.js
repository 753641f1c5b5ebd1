// Max-pooling: when a cell is smaller than a device pixel, a single hot cell must not vanish.
// Codes are monotone in their value, so the largest code is the largest value. No DOM here.

// Codes of rows x columns -> outRows x outColumns, each the one farthest from `centre` of what it
// covers; with the centre 0 that is the largest.
export function maxPool(codes, rows, columns, outRows, outColumns, centre = 0) {
  const out = new Uint16Array(outRows * outColumns).fill(centre);
  const columnOf = new Uint32Array(columns);
  for (let j = 0; j < columns; j++) columnOf[j] = Math.floor((j * outColumns) / columns);
  for (let i = 0; i < rows; i++) {
    const base = Math.floor((i * outRows) / rows) * outColumns;
    const from = i * columns;
    for (let j = 0; j < columns; j++) {
      const at = base + columnOf[j];
      const code = codes[from + j];
      if (Math.abs(code - centre) > Math.abs(out[at] - centre)) out[at] = code;
    }
  }
  return out;
}
