// Painting one matrix on a 2D canvas: its cells, and what lies on them.
import { NOTHING } from "../pure/codes.js";
import { xOf, yOf } from "../pure/layout.js";
import { maxPool } from "../pure/pooling.js";

const scratch = document.createElement("canvas"); // one pixel a cell, drawn enlarged
let spare = null; // the last ImageData: a new one a frame would keep the garbage collector busy

// drawn = {frame, order, hideDiagonal, scale}; a preview's cells are larger than the layout's.
export function paintCells(context, layout, drawn, pixels, ratio) {
  const block = Math.ceil(layout.size / drawn.frame.rows);
  const view = { row: layout.row / block, column: layout.column / block, span: layout.span / block };
  const place = { left: Math.round(layout.x * ratio), top: Math.round(layout.y * ratio), side: layout.pixelSide };
  context.setTransform(1, 0, 0, 1, 0, 0);
  if (place.side < view.span) paintPooled(context, place, view, drawn, pixels);
  else paintEnlarged(context, place, view, drawn, pixels);
}

function paintPooled(context, { left, top, side }, view, { frame, order, hideDiagonal, scale }, pixels) {
  // On the difference's scale the middle is nothing: what pools is the distance from it.
  const centre = scale.mode === "difference" ? NOTHING : 0;
  const codes = maxPool(frame, view, side, { order, centre, skipDiagonal: hideDiagonal });
  const image = imageOf(context, side, side);
  const out = new Uint32Array(image.data.buffer);
  for (let i = 0; i < out.length; i++) out[i] = pixels[codes[i]];
  context.putImageData(image, left, top);
}

function paintEnlarged(context, { left, top, side }, view, drawn, pixels) {
  const [row, column] = [Math.floor(view.row), Math.floor(view.column)];
  const rows = Math.min(drawn.frame.rows, Math.ceil(view.row + view.span)) - row;
  const columns = Math.min(drawn.frame.columns, Math.ceil(view.column + view.span)) - column;
  if (scratch.width !== columns || scratch.height !== rows) {
    scratch.width = columns;
    scratch.height = rows;
  }
  const surface = scratch.getContext("2d");
  const image = imageOf(surface, columns, rows);
  fillCells(new Uint32Array(image.data.buffer), { row, column, rows, columns }, drawn, pixels);
  surface.putImageData(image, 0, 0);
  const cell = side / view.span;
  context.save();
  context.beginPath();
  context.rect(left, top, side, side);
  context.clip();
  context.clearRect(left, top, side, side);
  context.imageSmoothingEnabled = false;
  context.drawImage(
    scratch,
    left + (column - view.column) * cell,
    top + (row - view.row) * cell,
    columns * cell,
    rows * cell,
  );
  context.restore();
}

function fillCells(out, { row, column, rows, columns }, { frame, order, hideDiagonal }, pixels) {
  for (let i = 0; i < rows; i++) {
    const from = (order ? order[row + i] : row + i) * frame.columns;
    const at = i * columns;
    if (order) for (let j = 0; j < columns; j++) out[at + j] = pixels[frame.codes[from + order[column + j]]];
    else for (let j = 0; j < columns; j++) out[at + j] = pixels[frame.codes[from + column + j]];
    const diagonal = row + i - column;
    if (hideDiagonal && diagonal >= 0 && diagonal < columns) out[at + diagonal] = 0;
  }
}

function imageOf(context, width, height) {
  if (spare?.width !== width || spare.height !== height) spare = context.createImageData(width, height);
  return spare;
}

// The whole of a frame, small: a minimap or a slider's thumbnail.
export function paintThumbnail(canvas, drawn, pixels) {
  const { frame } = drawn;
  const side = Math.min(canvas.width, canvas.height);
  const layout = { x: 0, y: 0, pixelSide: side, row: 0, column: 0, span: frame.rows, size: frame.rows };
  paintCells(canvas.getContext("2d"), layout, drawn, pixels, 1);
}

// Outlines of blocks on the diagonal, [{start, end}] in places.
export function drawBlocks(context, layout, blocks, colour) {
  context.save();
  context.beginPath();
  context.rect(layout.x, layout.y, layout.width, layout.height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  for (const { start, end } of blocks) {
    const length = (end - start) * layout.cell;
    if (length > 3) context.strokeRect(xOf(layout, start), yOf(layout, start), length, length);
  }
  context.restore();
}
