// The marks of the story's figures, and those that several steps share. No DOM here.
import { brief } from "../pure/format.js";
import { order } from "./record.js";

export const AXIS = 20; // height of the class names
export const SCALE = 34;

export const image = (index, x, y, size, alpha = 1) => ({ kind: "image", key: `image ${index}`, index, x, y, w: size, h: size, alpha });

// Cells, one for each class; `of` is its class where it is a row of the matrix.
export const row = (key, values, x, y, w, h, { alpha = 1, name = "", of = null } = {}) => ({ kind: "row", key, values, x, y, w, h, alpha, name, of });

export const bar = (key, x, y, w, h, ink) => ({ kind: "bar", key: `bar ${key}`, x, y, w, h, alpha: 1, ink });

export const ring = (key, x, y, w, h, { ink = "ink", dashed = false } = {}) => ({ kind: "ring", key: `ring ${key}`, x, y, w, h, alpha: 1, ink, dashed });

export const text = (key, words, x, y, { size = 11, weight = 400, align = "left", ink = "ink", alpha = 1 } = {}) => ({
  kind: "text", key: `text ${key}`, words, x, y, w: 0, h: size, alpha, weight, align, ink,
});

export const scale = ({ x, side, bottom }) => ({ kind: "scale", key: "scale", x, y: bottom + AXIS + 6, w: Math.min(side, 300), h: 26, alpha: 1 });

// A bar for each class; those that stand out have their share above them.
export function bars(record, { x, cell }, values, { top, height, full, strong = "soft" }) {
  const foot = top + height;
  const shown = apart(order(values).slice(0, 6).filter((k) => values[k] > 0.04), (k) => [k * cell, (height * values[k]) / full]);
  return record.names.flatMap((name, k) => {
    const long = (height * values[k]) / full;
    const ink = k === record.letter ? strong : "soft-2";
    const own = bar(k, x + k * cell + 0.5, foot - long, Math.max(1, cell - 1), Math.max(long, 0.75), ink);
    const label = shown.includes(k) ? [text(`bar ${k}`, brief(values[k]), x + (k + 0.5) * cell, foot - long - 8, { align: "center", size: 11, weight: k === record.letter ? 700 : 400 })] : [];
    return [own, ...label];
  });
}

// Those whose numbers do not meet; of two that would, the larger share, which comes first.
function apart(classes, placeOf) {
  const meet = ([x, y], [otherX, otherY]) => Math.abs(x - otherX) < 28 && Math.abs(y - otherY) < 12;
  return classes.reduce((kept, k) => (kept.some((other) => meet(placeOf(k), placeOf(other))) ? kept : [...kept, k]), []);
}

// Names of the classes below their columns: all where there is room, else the first of each kind.
export function axis(record, { x, cell, bottom }, strong, foot = bottom) {
  const all = cell >= 8.4;
  const ends = ["0", "A", "a", "z"].map((name) => record.names.indexOf(name));
  return record.names.flatMap((name, k) => {
    const stands = strong.includes(k);
    const crowded = !all && strong.some((other) => other !== k && Math.abs(other - k) * cell < 9);
    if (!stands && (crowded || !(all || ends.includes(k)))) return [];
    return [text(`axis ${k}`, name, x + (k + 0.5) * cell, foot + 10, { align: "center", size: stands ? 12 : 9.5, weight: stands ? 700 : 400, ink: stands ? "ink" : "ink-3" })];
  });
}
