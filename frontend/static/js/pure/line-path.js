// A curve as an SVG path with no more points than its pixels can show. No DOM here.

// Which points to draw: of those in one pixel column the first, the lowest, the highest and the
// last, which together look like all of them. Gaps (null, NaN) stay. `xs` are pixels, ascending.
export function visiblePoints(xs, ys, width) {
  const count = xs.length;
  if (count <= 2 * width) return Array.from({ length: count }, (_, index) => index);
  const kept = [];
  let start = 0;
  while (start < count) {
    const column = Math.floor(xs[start]);
    let [end, low, high, gap] = [start, -1, -1, -1];
    for (; end < count && Math.floor(xs[end]) === column; end++) {
      if (!Number.isFinite(ys[end])) gap = end;
      else {
        if (low < 0 || ys[end] < ys[low]) low = end;
        if (high < 0 || ys[end] > ys[high]) high = end;
      }
    }
    const few = new Set([start, low, high, gap, end - 1].filter((index) => index >= 0));
    kept.push(...[...few].sort((a, b) => a - b));
    start = end;
  }
  return kept;
}

// Of pixels; a point between two gaps is a line of no length, which round caps make a dot.
export function linePath(xs, ys, kept) {
  let path = "";
  let pen = false;
  let alone = false;
  for (const index of kept) {
    if (!Number.isFinite(ys[index])) {
      if (alone) path += "h0";
      pen = alone = false;
      continue;
    }
    path += `${pen ? "L" : "M"}${short(xs[index])} ${short(ys[index])}`;
    alone = !pen;
    pen = true;
  }
  return alone ? `${path}h0` : path;
}

// A dot at each point: lines of no length.
export function dotsPath(xs, ys) {
  return xs.map((x, index) => (Number.isFinite(ys[index]) ? `M${short(x)} ${short(ys[index])}h0` : "")).join("");
}

const short = (pixel) => Math.round(10 * pixel) / 10;

// The place in ascending `xs` of the value nearest to x; -1 where there is none.
export function nearestIndex(xs, x) {
  let [low, high] = [0, xs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - xs[low - 1] <= xs[low] - x ? low - 1 : Math.min(low, xs.length - 1);
}
