// What each step of the story shows: a list of marks, each with a key, so that a mark which two steps
// share moves from its one place to the other. No DOM here.
//
// Marks: image {index}, row (cells of `values`), bar, text, ring, frame (the run's own matrix), scale.
// Their x, y, w, h (CSS pixels, left upper corner; of a text its anchor) and alpha glide.
import { AXIS, axis, bars, image, ring, row, SCALE, scale, text } from "./marks.js";
import { mixScene } from "./mix-scene.js";

// One axis of classes for all steps: the columns of a softmax, of S[O] and of the matrix.
export function stageLayout(width, height, classes) {
  const narrow = width < 520;
  const gutter = narrow ? 24 : 40;
  const side = Math.floor(Math.min(width - gutter - 6, height - AXIS - SCALE - 4));
  const x = Math.round(gutter + (width - gutter - side) / 2);
  const y = Math.max(2, Math.round((height - side - AXIS - SCALE) / 2));
  return { width, height, narrow, gutter, side, x, y, cell: side / classes, bottom: y + side };
}

// state = {step, progress, epoch, alpha, own}
export function scene(record, layout, state) {
  return SCENES[state.step](record, layout, state);
}

const SCENES = { label, images, softmax, mean, epochs, mix: mixScene, matrix, own };

function label(record, layout) {
  const { x, y, side } = layout;
  const size = Math.round(Math.min(side * 0.5, 300));
  const hard = Float64Array.from(record.names, (_, k) => Number(k === record.letter));
  return [
    image(record.example, x + (side - size) / 2, y + side * 0.04, size),
    ...bars(record, layout, hard, { top: y + side * 0.64, height: side * 0.34, full: 1, strong: "hard" }),
    ...axis(record, layout, [record.letter], y + side * 0.98),
  ];
}

function images(record, { x, y, side }) {
  const columns = 5;
  const tile = side / columns;
  const rows = Math.ceil(record.predicted.length / columns);
  const top = y + (side - rows * tile) / 2;
  return record.predicted.flatMap((predicted, index) => {
    const [left, upper] = [x + (index % columns) * tile, top + Math.floor(index / columns) * tile];
    const right = predicted === record.letter;
    const mark = image(index, left + 3, upper + 3, tile - 6, right ? 1 : 0.22);
    const name = right ? [] : [text(`taken ${index}`, record.names[predicted], left + tile / 2, upper + tile / 2, { size: tile * 0.4, weight: 600, align: "center", ink: "accent" })];
    return [mark, ...name];
  });
}

// The rows of the softmax lie between `y` and `bottom`; each has its image before it.
function softmax(record, layout) {
  const { x, y, side, cell } = layout;
  const step = Math.min(34, side / record.shown.length);
  const top = y + (side - step * record.shown.length) / 2;
  const size = Math.min(step - 2, layout.gutter - 4);
  const rows = record.shown.flatMap((index, place) => {
    const upper = top + place * step;
    return [
      image(index, x - size - 4, upper + (step - size) / 2, size),
      row(`softmax ${index}`, record.softmax[index], x, upper, side, step - 2, { name: `softmax of image ${index + 1}` }),
    ];
  });
  return [...rows, ...axis(record, layout, record.alike.slice(0, 5)), scale(layout), column(record, layout, top, step * record.shown.length, cell)];
}

function mean(record, layout) {
  const { x, y, side } = layout;
  const [top, height] = [y + side * 0.72, Math.max(18, side * 0.07)];
  const merged = record.shown.flatMap((index) => [
    image(index, x - 26, top, height, 0),
    row(`softmax ${index}`, record.softmax[index], x, top, side, height, { alpha: 0 }),
  ]);
  const soft = record.rows[record.epoch];
  return [
    ...merged,
    row(softKey(record.epoch), soft, x, top, side, height, { name: nameOfRow(record, record.epoch) }),
    ...bars(record, layout, soft, { top: y + side * 0.06, height: side * 0.62, full: fullOf(record) }),
    text("soft", `S[${record.names[record.letter]}]`, x - 6, top + height / 2, { align: "right", weight: 650, size: layout.narrow ? 9.5 : 13 }),
    ...axis(record, layout, record.alike.slice(0, 6), top + height),
  ];
}

// The row after each epoch below the one before; epoch `epoch` is the newest that is there.
function epochs(record, layout, { epoch }) {
  const { x, y, side } = layout;
  const high = side * 0.3;
  const step = (side - high) / record.rows.length;
  const top = y + high;
  const strip = record.rows.flatMap((values, t) => {
    const upper = top + t * step;
    const there = t <= epoch;
    const counted = t % 5 === 0 || t === epoch;
    return [
      row(softKey(t), values, x, there ? upper : upper - step / 2, side, step - 1, { alpha: Number(there), name: nameOfRow(record, t) }),
      ...(counted ? [text(`epoch ${t}`, String(t), x - 6, upper + step / 2, { align: "right", weight: t === epoch ? 700 : 400, ink: t === epoch ? "ink" : "ink-3", size: 11 })] : []),
    ];
  });
  return [
    ...strip,
    ...bars(record, layout, record.rows[epoch], { top: y + 14, height: high - 26, full: fullOf(record) }),
    ring("now", x - 1, top + epoch * step - 1, side + 2, step + 1),
    ...axis(record, layout, record.alike.slice(0, 5)),
    scale(layout),
  ];
}

// The other rows come out of the letter's own, upwards and downwards.
function matrix(record, layout, { progress }) {
  const { x, y, side, cell } = layout;
  const reach = progress * record.names.length;
  const rows = record.matrix.map((values, k) => {
    const there = Math.abs(k - record.letter) <= reach;
    const from = there ? k : record.letter;
    const key = k === record.letter ? softKey(record.epochs) : `matrix ${k}`;
    return row(key, values, x, y + from * cell, side, cell, { alpha: Number(there), name: `row ${record.names[k]}`, of: k });
  });
  const letter = text("row", record.names[record.letter], x - 6, y + (record.letter + 0.5) * cell, { align: "right", weight: 700, size: 12 });
  const pairs = progress < 1 ? [] : pairRings(record, layout);
  return [...rows, letter, ...pairs, ...axis(record, layout, record.alike.slice(0, 1)), scale(layout)];
}

function own(record, layout, { own: run }) {
  const { x, y, side } = layout;
  if (!run) {
    const words = text("empty", "your matrix", x + side / 2, y + side / 2, { align: "center", ink: "ink-3", size: 15 });
    return [ring("empty", x, y, side, side, { ink: "line-2", dashed: true }), words];
  }
  const frame = { kind: "frame", key: "own", x, y, w: side, h: side, alpha: 1, run };
  return run.frame && !run.frame.exact ? [frame, scale(layout)] : [frame];
}

const softKey = (epoch) => `soft ${epoch}`;
const nameOfRow = (record, epoch) => `S[${record.names[record.letter]}] after epoch ${epoch}`;
const fullOf = (record) => 1.15 * Math.max(...record.rows.map((each) => Math.max(...each)));

// The letter's own column, from the first row to the last.
const column = (record, { x }, top, height, cell) => ring("column", x + record.letter * cell - 1, top - 2, cell + 2, height + 2);

function pairRings(record, { x, y, cell }) {
  const size = Math.max(cell, 8);
  return strongest(record.matrix, 6).flatMap(({ i, j }) => {
    const [middleX, middleY] = [x + (j + 0.5) * cell, y + (i + 0.5) * cell];
    return [
      ring(`pair ${i} ${j}`, middleX - size / 2, middleY - size / 2, size, size),
      text(`pair ${i} ${j}`, `${record.names[i]} ${record.names[j]}`, middleX + size, middleY, { weight: 600, size: 12 }),
    ];
  });
}

function strongest(matrix, count) {
  const places = matrix.flatMap((values, i) => [...values].map((value, j) => ({ i, j, value })));
  const once = places.filter(({ i, j, value }) => i !== j && (value > matrix[j][i] || (value === matrix[j][i] && i > j)));
  return once.sort((a, b) => b.value - a.value).slice(0, count);
}
