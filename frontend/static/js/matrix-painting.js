// Painting one matrix on a 2D canvas: cells, axes, colour scale.
import { shareOf, stops, ticks, mix } from "./pure/colour.js";
import { tick } from "./pure/format.js";
import { FONT } from "./pure/layout.js";
import { maxPool } from "./pure/pooling.js";

const scratch = document.createElement("canvas"); // one pixel a cell, drawn enlarged

export function paintCells(context, layout, { frame, hideDiagonal, scale }, pixels, ratio) {
  let { rows, columns, codes } = frame;
  if (layout.pooled) {
    [rows, columns] = [layout.pixelHeight, layout.pixelWidth];
    // On the difference's scale the middle is nothing: what pools is the distance from it.
    const centre = scale.mode === "difference" ? 32768 : 0;
    codes = maxPool(codes, frame.rows, frame.columns, rows, columns, centre);
  }
  if (scratch.width !== columns || scratch.height !== rows) {
    scratch.width = columns;
    scratch.height = rows;
  }
  const surface = scratch.getContext("2d", { willReadFrequently: false });
  const image = surface.createImageData(columns, rows);
  const out = new Uint32Array(image.data.buffer);
  for (let i = 0; i < out.length; i++) out[i] = pixels[codes[i]];
  if (hideDiagonal) for (let i = 0; i < Math.min(rows, columns); i++) out[i * columns + i] = 0;
  surface.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(
    scratch,
    Math.round(layout.x * ratio),
    Math.round(layout.y * ratio),
    layout.pixelWidth,
    layout.pixelHeight,
  );
}

export function drawAxes(context, layout, { frame, classes, axes }, colour, family) {
  context.fillStyle = colour;
  context.font = `${layout.font}px ${family}`;
  context.textBaseline = "middle";
  if (frame.full) {
    drawRowLabels(context, layout, frame, classes);
    drawColumnLabels(context, layout, frame, classes);
  }
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

function drawRowLabels(context, layout, frame, classes) {
  context.textAlign = "right";
  for (let i = 0; i < frame.rows; i += layout.rowStep) {
    const y = layout.y + (i + 0.5) * layout.cellHeight;
    context.fillText(fitted(context, classes[i] ?? String(i), layout.labelRoom), layout.x - layout.gap, y);
  }
}

function drawColumnLabels(context, layout, frame, classes) {
  context.textAlign = layout.turned ? "right" : "center";
  for (let j = 0; j < frame.columns; j += layout.columnStep) {
    const x = layout.x + (j + 0.5) * layout.cellWidth;
    const y = layout.y + layout.height + layout.gap;
    const name = fitted(context, classes[j] ?? String(j), layout.turned ? layout.labelRoom : 99);
    context.save();
    context.translate(x, layout.turned ? y : y + FONT / 2);
    if (layout.turned) context.rotate(-Math.PI / 2);
    context.fillText(name, 0, 0);
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
  const colours = stops(dark, scale.mode === "difference");
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
    context.fillText(bound + tick(value), box.x + box.width + 6, y);
  });
}



// The same lying down, for a scale that several views share: numbers stand below it.
export function drawScaleRow(context, { start, width, height }, scale, colour, family, dark) {
  const colours = stops(dark, scale.mode === "difference");
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
    context.fillText(tick(value), left + share * (right - left), height - 2);
  }
}
