// From frames as the server sends them to the cells as they stand. No DOM here.
import { collapseFrame } from "../pure/arrange.js";
import { differenceCodes } from "../pure/codes.js";

// {frame, order, scale, hideDiagonal}: groups collapsed, the difference taken, `order` where the
// cells are still by index. A preview's cells stand for blocks of neighbours: it keeps the index.
export function compose({ frame, base, scale, hideDiagonal }, arrangement) {
  const seen = (one) => (arrangement.collapsed && one.full ? collapseFrame(one, arrangement) : one);
  const cells = seen(frame);
  const difference = base && { ...cells, codes: differenceCodes(cells, seen(base), scale.unit) };
  const order = frame.full && !arrangement.collapsed ? arrangement.order : null;
  // Codes of any numbers count from their own lowest, also where groups were summed.
  const own = cells.exact && !base ? { mode: "range", low: cells.low, high: cells.high } : scale;
  return { frame: difference || cells, order, scale: own, hideDiagonal };
}
