// What stands around a matrix: class names, titles, the colour scale. It changes seldom, so it is
// painted apart from the cells.
import { isDiverging, mix, shareOf, stops, ticks } from "../pure/colour.js";
import { tick } from "../pure/format.js";
import { FONT, xOf, yOf } from "../pure/layout.js";

// `names`: a function from a place to its name; `axes` = {rows, columns}: titles.
export function drawAxes(context, layout, names, axes, colour, family) {
  context.fillStyle = colour;
  context.font = `${layout.font}px ${family}`;
  context.textBaseline = "middle";
  drawRowLabels(context, layout, names);
  drawColumnLabels(context, layout, names);
  context.textAlign = "center";
  context.font = `${FONT}px ${family}`;
  context.save();
  context.translate(layout.x - layout.gap - layout.labelRoom - FONT * 0.9, layout.y + layout.height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(axes.rows, 0, 0);
  context.restore();
  const room = layout.turned ? layout.labelRoom : FONT + 2;
  context.fillText(axes.columns, layout.x + layout.width / 2, layout.y + layout.height + layout.gap + room + FONT * 0.8);
}

// The places whose label stands: each step-th whose middle is in view.
function* labelled(start, span, step) {
  for (let at = Math.ceil((start - 0.5) / step) * step; at + 0.5 <= start + span; at += step) yield at;
}

function drawRowLabels(context, layout, names) {
  context.textAlign = "right";
  for (const i of labelled(layout.row, layout.span, layout.rowStep)) {
    context.fillText(fitted(context, names(i), layout.labelRoom), layout.x - layout.gap, yOf(layout, i + 0.5));
  }
}

function drawColumnLabels(context, layout, names) {
  context.textAlign = layout.turned ? "right" : "center";
  const y = layout.y + layout.height + layout.gap;
  const room = layout.turned ? layout.labelRoom : layout.columnStep * layout.cell;
  for (const j of labelled(layout.column, layout.span, layout.columnStep)) {
    context.save();
    context.translate(xOf(layout, j + 0.5), layout.turned ? y : y + FONT / 2);
    if (layout.turned) context.rotate(-Math.PI / 2);
    context.fillText(fitted(context, names(j), room), 0, 0);
    context.restore();
  }
}

function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let short = text;
  while (short.length > 1 && context.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return `${short}…`;
}

export function drawScale(context, box, scale, colour, dark) {
  const colours = stops(dark, isDiverging(scale));
  const steps = Math.max(2, Math.round(box.height));
  for (let i = 0; i < steps; i++) {
    const [r, g, b] = mix(colours, 1 - i / (steps - 1));
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.fillRect(box.x, box.y + i, box.width, 1.5);
  }
  context.strokeStyle = colour;
  context.globalAlpha = 0.35;
  context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
  context.globalAlpha = 1;
  context.fillStyle = colour;
  context.textAlign = "left";
  context.textBaseline = "middle";
  const marks = ticks(scale);
  marks.forEach((value, index) => {
    const share = shareOf(value, scale);
    const y = Math.min(box.y + box.height - 4, Math.max(box.y + 5, box.y + (1 - share) * box.height));
    const bound = scale.mode === "log" && index === marks.length - 1 ? "≤ " : "";
    context.fillText(bound + tick(value, scale), box.x + box.width + 6, y);
  });
}

// The same lying down, for a scale that several views share: numbers stand below it.
export function drawScaleRow(context, { start, width, height }, scale, colour, family, dark) {
  const colours = stops(dark, isDiverging(scale));
  const [left, right, thick] = [start + 20, start + width - 24, 9];
  for (let x = left; x < right; x++) {
    const [r, g, b] = mix(colours, (x - left) / (right - left - 1));
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.fillRect(x, 1, 1.5, thick);
  }
  context.fillStyle = context.strokeStyle = colour;
  context.globalAlpha = 0.35;
  context.strokeRect(left - 0.5, 0.5, right - left + 1, thick + 1);
  context.globalAlpha = 1;
  context.font = `10px ${family}`;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const value of ticks(scale)) {
    const share = Math.min(1, Math.max(0, shareOf(value, scale)));
    context.fillText(tick(value, scale), left + share * (right - left), height - 2);
  }
}
