// The part of a K x K matrix that is looked at: {row, column, span}, in cells; the same span both
// ways, so that cells stay square. Rounded to hundredths, so that a URL holds it exactly. No DOM.

const LEAST = 4; // cells; fewer show nothing more

export const whole = (k) => ({ row: 0, column: 0, span: k });

export const isWhole = (view, k) => view.span >= k;

const round = (value) => Math.round(value * 100) / 100;

export function clampView({ row, column, span }, k) {
  const wide = round(Math.min(k, Math.max(Math.min(LEAST, k), span)));
  const inside = (start) => round(Math.min(k - wide, Math.max(0, start)));
  return { row: inside(row), column: inside(column), span: wide };
}

// `factor` times as large; what is at (row, column) stays where it is.
export function zoomAt(view, k, factor, row, column) {
  const span = Math.min(k, Math.max(Math.min(LEAST, k), view.span / factor));
  const keep = span / view.span;
  return clampView(
    { row: row - (row - view.row) * keep, column: column - (column - view.column) * keep, span },
    k,
  );
}

export function panBy(view, k, rows, columns) {
  return clampView({ ...view, row: view.row + rows, column: view.column + columns }, k);
}

// The least move, and at most `span` cells, so that a cell stands inside.
export function reveal(view, k, row, column, span = view.span) {
  const near = clampView(span < view.span ? zoomAt(view, k, view.span / span, row, column) : view, k);
  const follow = (start, at) => Math.min(at, Math.max(start, at + 1 - near.span));
  return clampView({ ...near, row: follow(near.row, row), column: follow(near.column, column) }, k);
}

export const viewText = (view) => [view.row, view.column, view.span].join(",");

// null unless the text is such a view; it is clamped once K is known.
export function viewFrom(text) {
  const parts = (text ?? "").split(",").map(Number);
  if (parts.length !== 3 || !parts.every((part) => Number.isFinite(part) && part >= 0)) return null;
  const [row, column, span] = parts;
  return span > 0 ? { row, column, span } : null;
}
