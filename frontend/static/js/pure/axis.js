// Axes of a line chart: their ranges, their ticks, where a value lies on them. No DOM here.

const STEPS = [1, 1.5, 2, 3, 4, 5, 7.5, 10];
const TICKS = [[0, 1], [1.5, 2], [3.5, 5], [7, 10]]; // from so many steps on, the round one
const LEAST = 50; // values, below which none of them is an outlier
const CENTRE = 0.02; // of the values on either side lie outside the centre
const FAR = 5; // times the centre's height, beyond which a value is an outlier

// Where the x axis of a run ends that has come to `reached` and will come to `end` (undefined:
// nobody knows). While it is young the axis grows in steps, so that the curve is no sliver.
export function growingEnd(reached, end = Infinity) {
  if (2 * reached >= end) return end;
  const wanted = Math.max(1.1 * reached, 1);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return Math.min(end, STEPS.map((step) => step * power).find((top) => top >= wanted - 1e-9));
}

// The values' own range, and one that outliers do not stretch: what lies further from the central
// 96% of the values than five times their height is left outside. {low, high, outside, whole: {low,
// high}}; null of no values.
export function robustRange(values) {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  if (!count) return null;
  const whole = { low: sorted[0], high: sorted[count - 1], outside: 0 };
  if (count < LEAST) return { ...whole, whole };
  const lower = sorted[Math.floor(CENTRE * (count - 1))];
  const upper = sorted[Math.ceil((1 - CENTRE) * (count - 1))];
  const room = FAR * (upper - lower);
  if (!room) return { ...whole, whole };
  const first = sorted.findIndex((value) => value >= lower - room);
  const last = sorted.findLastIndex((value) => value <= upper + room);
  return { low: sorted[first], high: sorted[last], outside: first + count - 1 - last, whole };
}

// With some air; from 0 upwards where nothing lies below it.
export function padded({ low, high }, { log = false, nonnegative = false } = {}) {
  if (log) {
    const air = high > low ? (high / low) ** 0.05 : 2;
    return [low / air, high * air];
  }
  const air = high > low ? 0.06 * (high - low) : 0.1 * Math.abs(high) || 0.5;
  return [nonnegative && low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

// A function from values to pixels; `back` leads from pixels to values.
export function scale([low, high], [from, to], log = false) {
  const read = log ? Math.log : (value) => value;
  const [start, span] = [read(low), read(high) - read(low) || 1];
  const place = (value) => from + ((read(value) - start) / span) * (to - from);
  place.back = (pixel) => {
    const value = start + ((pixel - from) / (to - from)) * span;
    return log ? Math.exp(value) : value;
  };
  return place;
}

// About `count` round values within a range: {values, step}. `whole`: of epochs there are no halves.
export function ticks([low, high], count, { log = false, whole = false } = {}) {
  if (log && high / low >= 10) return { values: decades(low, high, count), step: null };
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = power * TICKS.findLast(([least]) => rough / power >= least)[1];
  if (whole) step = Math.max(1, step);
  const values = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; at++) values.push(at * step);
  return { values, step };
}

function decades(low, high, count) {
  const within = Math.log10(high / low);
  const parts = within * 3 <= count ? [1, 2, 5] : [1];
  const apart = Math.max(1, Math.ceil(within / Math.max(1, count)));
  const values = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    if (power % apart) continue;
    values.push(...parts.map((part) => part * 10 ** power).filter((value) => value >= low && value <= high));
  }
  return values;
}
