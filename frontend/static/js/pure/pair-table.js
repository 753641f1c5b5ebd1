// The pairs table's order and its sparklines. No DOM here.

const NUMBERS = ["value", "reverse", "trend", "first_rose"];

// A copy in the order of one column; what is not known comes last either way.
export function sortPairs(pairs, key, down, classes) {
  const of = NUMBERS.includes(key) ? (pair) => pair[key] : (pair) => String(classes[pair[key]] ?? pair[key]);
  const sign = down ? -1 : 1;
  return [...pairs].sort((x, y) => {
    const [a, b] = [of(x) ?? null, of(y) ?? null];
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
  });
}

// Points of a polyline in a box, from 0 at its bottom to the largest value at its top.
export function trendPoints(values, width, height) {
  const most = Math.max(...values.filter((value) => value !== null), 1e-12);
  const step = values.length > 1 ? (width - 2) / (values.length - 1) : 0;
  return values
    .map((value, i) => (value === null ? null : `${(1 + i * step).toFixed(1)},${(height - 2 - ((height - 4) * value) / most).toFixed(1)}`))
    .filter(Boolean)
    .join(" ");
}
