// The values themselves, in cells that are large enough to hold them: few classes, or a near zoom.
import { brief, number, timesUniform } from "../pure/format.js";
import { xOf, yOf } from "../pure/layout.js";
import { countAt, valueAt } from "./words.js";

export const ROOM = 40; // CSS pixels of a cell: "0.012%" in its font, and air

// view: a <matrix-view>.
export function drawValues(context, layout, view, fontFamily) {
  const { shown, drawn } = view;
  if (layout.cell < ROOM || !shown.frame.full || shown.base?.full === false) return;
  const { members } = view.arrangement;
  const pixels = view.pixels(shown.scale);
  context.save();
  context.beginPath();
  context.rect(layout.x, layout.y, layout.width, layout.height);
  context.clip();
  context.font = `11px ${fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const last = (from) => Math.min(layout.size, Math.ceil(from + layout.span));
  for (let row = Math.floor(layout.row); row < last(layout.row); row++) {
    for (let column = Math.floor(layout.column); column < last(layout.column); column++) {
      if (shown.hideDiagonal && row === column) continue;
      context.fillStyle = inkOn(pixels[codeAt(drawn, row, column)]);
      const [x, y] = [xOf(layout, column + 0.5), yOf(layout, row + 0.5)];
      context.fillText(textOf(shown, members[row], members[column]), x, y);
    }
  }
  context.restore();
}

// Counts as they are, differences with their sign, shares in percent or as the scale has them.
function textOf({ frame, base, scale }, from, to) {
  if (!base && frame.counts) return String(countAt(frame, from, to));
  const value = valueAt(frame, from, to) - (base ? valueAt(base, from, to) : 0);
  if (!Number.isFinite(value)) return "";
  const sign = value < 0 ? "−" : base && value > 0 ? "+" : "";
  if (!base && scale.mode === "uniform") return timesUniform(value, scale.classes);
  return sign + (frame.exact || base?.exact ? number(Math.abs(value), 3) : brief(Math.abs(value)));
}

function codeAt({ frame, order }, row, column) {
  return frame.codes[(order?.[row] ?? row) * frame.columns + (order?.[column] ?? column)];
}

// Black or white, whichever stands out: the cut is where both have the same contrast (WCAG).
function inkOn(pixel) {
  const linear = (part) => ((part & 255) / 255) ** 2.2;
  const luminance = 0.2126 * linear(pixel) + 0.7152 * linear(pixel >> 8) + 0.0722 * linear(pixel >> 16);
  return luminance > 0.179 ? "#000" : "#fff";
}
