// The strongest entries of a frame: off the diagonal, or of one row. No DOM here.
import { cellValue, numbersOf, valueOf } from "./codes.js";

export function strongestPairs(frame, count) {
  const { rows, columns, codes } = frame;
  const best = []; // ascending by code, at most `count`
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const code = codes[i * columns + j];
      if (i === j || code === 0) continue;
      if (best.length === count && code <= best[0].code) continue;
      let at = best.length;
      while (at > 0 && best[at - 1].code >= code) at--;
      best.splice(at, 0, { row: i, column: j, code });
      if (best.length > count) best.shift();
    }
  }
  return best.reverse().map(({ row, column }) => ({ row, column, value: cellValue(frame, row, column) }));
}

export function largestOffDiagonal(frame) {
  let most = 0;
  for (let i = 0; i < frame.rows; i++) {
    for (let j = 0; j < frame.columns; j++) {
      const code = frame.codes[i * frame.columns + j];
      if (i !== j && code > most) most = code;
    }
  }
  return valueOf(most);
}

export function largestDifference(a, b) {
  let most = 0;
  const [from, to] = [numbersOf(a), numbersOf(b)];
  for (let i = 0; i < Math.min(a.codes.length, b.codes.length); i++) {
    const difference = Math.abs(from(i) - to(i));
    if (difference > most && difference < Infinity) most = difference;
  }
  return most;
}

// One row, largest first: `count` entries and the sum of the others.
export function topOfRow(frame, row, count) {
  const entries = [];
  for (let j = 0; j < frame.columns; j++) entries.push({ column: j, value: cellValue(frame, row, j) });
  entries.sort((a, b) => b.value - a.value || a.column - b.column);
  const rest = entries.slice(count);
  return {
    top: entries.slice(0, count),
    rest: rest.reduce((sum, entry) => sum + entry.value, 0),
    others: rest.length,
  };
}

// The columns that ever mattered to a class: largest over all epochs first, its own always first.
export function columnsThatMatter(strip, own, count) {
  const peaks = [];
  for (let j = 0; j < strip.columns; j++) {
    let peak = 0;
    // Epoch 0 is what was given, not learned: it would make all classes equal.
    for (let i = strip.epochs[0] === 0 && strip.rows > 1 ? 1 : 0; i < strip.rows; i++) peak = Math.max(peak, strip.codes[i * strip.columns + j]);
    peaks.push({ column: j, peak: j === own ? Infinity : peak });
  }
  peaks.sort((a, b) => b.peak - a.peak || a.column - b.column);
  return peaks.slice(0, count).map((entry) => entry.column);
}
