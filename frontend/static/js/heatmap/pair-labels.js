// Names and values of the strongest pairs, on the map: what stands out can be read without pointing.
import { ROOM } from "./cell-values.js";
import { cellValue, values } from "../pure/codes.js";
import { brief, timesUniform } from "../pure/format.js";
import { xOf, yOf } from "../pure/layout.js";
import { strongestPairs } from "../pure/pairs.js";

const MOST = 6;
const STANDS_OUT = 5; // times the mean of all entries off the diagonal
const SMALLEST = 8; // CSS pixels of a ring round a cell
const [HEIGHT, AIR] = [15, 3];

const known = new WeakMap(); // frame -> its pairs: a frame is drawn many times

// view: a <matrix-view>; look: {color, background, fontFamily}.
export function drawPairLabels(context, layout, view, { color, background, fontFamily }) {
  const { shown, arrangement } = view;
  const readable = shown.frame.full && !shown.base && !shown.frame.exact && !arrangement.collapsed;
  if (!shown.labels || !readable || layout.cell >= ROOM) return;
  const taken = [];
  context.save();
  context.font = `10.5px ${fontFamily}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineWidth = 1;
  for (const pair of pairsOf(shown.frame).slice(0, Math.floor(layout.width / 90))) {
    const ring = ringAt(layout, arrangement.placeOf[pair.row], arrangement.placeOf[pair.column]);
    if (!inside(layout, ring)) continue;
    const text = textOf(shown, pair);
    const box = placeBeside(layout, ring, context.measureText(text).width + 2 * AIR, taken);
    if (!box) continue;
    taken.push(box, ring);
    context.strokeStyle = color;
    context.strokeRect(ring.x, ring.y, ring.width, ring.height);
    context.fillStyle = background;
    context.globalAlpha = 0.86;
    context.fillRect(box.x, box.y, box.width, box.height);
    context.globalAlpha = 1;
    context.fillStyle = color;
    context.fillText(text, box.x + AIR, box.y + box.height / 2);
  }
  context.restore();
}

// The strongest pairs that stand out, each once: of two ways the stronger one.
function pairsOf(frame) {
  if (known.has(frame)) return known.get(frame);
  const least = STANDS_OUT * meanOffDiagonal(frame);
  const once = [];
  for (const pair of strongestPairs(frame, 2 * MOST)) {
    const reverse = once.some(({ row, column }) => row === pair.column && column === pair.row);
    if (!reverse && cellValue(frame, pair.row, pair.column) > least) once.push(pair);
  }
  known.set(frame, once.slice(0, MOST));
  return known.get(frame);
}

function meanOffDiagonal({ rows, columns, codes }) {
  const table = values();
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) if (i !== j) sum += table[codes[i * columns + j]];
  }
  return sum / Math.max(1, rows * columns - rows);
}

function textOf({ classes, scale }, { row, column, value }) {
  const size = scale.mode === "uniform" ? timesUniform(value, scale.classes) : brief(value);
  return `${short(classes[row] ?? row)} → ${short(classes[column] ?? column)} ${size}`;
}

const short = (name) => (String(name).length > 16 ? `${String(name).slice(0, 15)}…` : String(name));

function ringAt(layout, row, column) {
  const side = Math.max(layout.cell, SMALLEST);
  return { x: xOf(layout, column + 0.5) - side / 2, y: yOf(layout, row + 0.5) - side / 2, width: side, height: side };
}

function placeBeside(layout, ring, width, taken) {
  const middle = ring.y + ring.height / 2 - HEIGHT / 2;
  const centre = ring.x + ring.width / 2 - width / 2;
  const places = [
    [ring.x + ring.width + 2, middle], [ring.x - width - 2, middle],
    [centre, ring.y + ring.height + 2], [centre, ring.y - HEIGHT - 2],
  ];
  const boxes = places.map(([x, y]) => ({ x, y, width, height: HEIGHT }));
  return boxes.find((box) => inside(layout, box) && !taken.some((other) => meet(box, other)));
}

function inside({ x, y, width, height }, box) {
  return box.x >= x && box.y >= y && box.x + box.width <= x + width && box.y + box.height <= y + height;
}

function meet(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
