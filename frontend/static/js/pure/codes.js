// Matrix frames as the server sends them (backend/matrix/frames.py): bytes to integer codes to values.
// u16log: code 0 is exactly 0, codes 1..65535 are log-spaced over [1e-7, 1]. No DOM here.

export const STEPS = 65534;
export const DECADES = 7;

export function valueOf(code) {
  return code === 0 ? 0 : 10 ** (-DECADES + (DECADES * (code - 1)) / STEPS);
}

let table = null;

// The value of each code. Looking it up is 50 times as fast as computing the power.
export function values() {
  table ??= Float64Array.from({ length: 65536 }, (_, code) => valueOf(code));
  return table;
}

export function codeOf(value) {
  if (!(value > 0)) return 0;
  const clipped = Math.min(1, Math.max(10 ** -DECADES, value));
  return 1 + Math.round((STEPS * (Math.log10(clipped) + DECADES)) / DECADES);
}

// Byte planes, most significant first -> integers.
export function unshuffle(bytes, codec) {
  if (codec === "u32-shuffle") {
    const n = bytes.length / 4;
    const out = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      out[i] =
        ((bytes[i] << 24) | (bytes[n + i] << 16) | (bytes[2 * n + i] << 8) | bytes[3 * n + i]) >>> 0;
    }
    return out;
  }
  if (codec === "f32-shuffle") return new Float32Array(unshuffle(bytes, "u32-shuffle").buffer);
  if (codec !== "u16log-shuffle") throw new Error(`unknown matrix codec ${codec}`);
  const n = bytes.length / 2;
  const out = new Uint16Array(n);
  for (let i = 0; i < n; i++) out[i] = (bytes[i] << 8) | bytes[n + i];
  return out;
}

// Counts become shares of their row, as codes, so that one colour table draws everything.
export function shareCodes(counts, columns) {
  const codes = new Uint16Array(counts.length);
  for (let start = 0; start < counts.length; start += columns) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += counts[start + j];
    if (sum === 0) continue;
    for (let j = 0; j < columns; j++) codes[start + j] = codeOf(counts[start + j] / sum);
  }
  return codes;
}

// Any numbers, from the lowest to the highest, as codes 1 to 65535; 0 is a gap (NaN, infinity).
export function rangeCodes(numbers) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of numbers) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = high - low || 1;
  const codes = Uint16Array.from(numbers, (value) =>
    Number.isFinite(value) ? 1 + Math.round((STEPS * (value - low)) / span) : 0,
  );
  return { codes, low: Number.isFinite(low) ? low : 0, high: Number.isFinite(high) ? high : 1 };
}

// One frame: {rows, columns, codes, counts}; counts is null unless the frame holds counts. A frame
// of any numbers (a loop's own matrix) has them as `exact`, and their range as `low` and `high`.
export function decode(bytes, codec, rows, columns) {
  const numbers = unshuffle(bytes, codec);
  if (numbers.length !== rows * columns) throw new Error("a frame of the wrong size");
  if (codec === "u32-shuffle") {
    return { rows, columns, codes: shareCodes(numbers, columns), counts: numbers };
  }
  if (codec === "f32-shuffle") return { rows, columns, ...rangeCodes(numbers), exact: numbers, counts: null };
  return { rows, columns, codes: numbers, counts: null };
}

// The exact value of a cell: a probability, or for counts the share of its row.
export function cellValue(frame, row, column) {
  const at = row * frame.columns + column;
  if (frame.exact) return frame.exact[at];
  if (!frame.counts) return valueOf(frame.codes[at]);
  let sum = 0;
  for (let j = 0; j < frame.columns; j++) sum += frame.counts[row * frame.columns + j];
  return sum ? frame.counts[at] / sum : 0;
}

// The exact mean over some rows of the sum over some columns: a cell of collapsed classes.
export function groupValue(frame, rows, columns) {
  let total = 0;
  for (const row of rows) for (const column of columns) total += cellValue(frame, row, column);
  return total / rows.length;
}

// a - b as codes around the middle, which is "no difference" on the difference's colour table.
// Probabilities differ by at most 1; `unit` is the largest difference of any numbers, whose gaps
// have code 0.
export const NOTHING = 32768;

export function differenceCodes(a, b, unit = 1) {
  const out = new Uint16Array(a.codes.length);
  const [from, to] = [numbersOf(a), numbersOf(b)];
  for (let i = 0; i < out.length; i++) {
    const difference = from(i) - to(i);
    if (Number.isFinite(difference)) out[i] = 32768.5 + (32767 * difference) / unit;
  }
  return out;
}

// A frame's values by their place in it; counts as the shares of their rows.
export function numbersOf({ codes, exact }) {
  if (exact) return (at) => exact[at];
  const table = values();
  return (at) => table[codes[at]];
}
