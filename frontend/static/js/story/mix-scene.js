// The step in which the label and the soft label are mixed: on the left the target q beside what the
// network says, on the right the gradient of the loss. No DOM here.
import { brief } from "../pure/format.js";
import { bar, image, text } from "./marks.js";
import { mixed } from "./record.js";

const SHOWN = 6; // classes with a line of their own; the others are one sum

export function mixScene(record, layout, { epoch, alpha }) {
  const { y, side, narrow } = layout;
  const wide = Math.min(layout.width - 8, 1.5 * side); // more than a square, where there is room
  const left = (layout.width - wide) / 2;
  const now = Math.max(1, epoch); // the epoch that trains on the soft label of the one before
  const soft = record.rows[now - 1];
  const softmax = record.exampleSoftmax[now - 1];
  const target = mixed(soft, record.letter, alpha);
  const lines = [...record.alike.slice(0, SHOWN).map((k) => [k]), record.alike.slice(SHOWN)];
  const step = Math.min(68, (side * 0.86) / (lines.length + 1));
  const head = y + Math.max(0, (side - step * (lines.length + 1)) / 2);
  const top = head + step;
  const size = Math.max(8, Math.min(13, wide / 32));
  const names = narrow ? 54 : 64;
  const columns = { target: left + names, width: wide * 0.52 - names, middle: left + wide * 0.8, reach: wide * 0.12 };
  const most = gradientReach(lines, soft, softmax, record.letter);
  const heads = [
    image(record.example, columns.target - step - 2, head, step * 0.94),
    text("mix target", "q =", columns.target, head + 0.28 * step, { weight: 650, size }),
    text("mix hard", "α label", columns.target + 2.4 * size, head + 0.28 * step, { ink: "hard", size, weight: 650 }),
    text("mix soft", "+ (1 − α) S", columns.target + 6.7 * size, head + 0.28 * step, { ink: "soft", size, weight: 650 }),
    text("mix softmax", "| softmax p", columns.target, head + 0.66 * step, { ink: "accent", size, weight: 650 }),
    text("mix gradient", "gradient p − q", columns.middle, head + step / 2, { weight: 650, size, align: "center" }),
    bar("mix middle", columns.middle - 0.5, top, 1, step * lines.length, "line-2"),
  ];
  return [...heads, ...lines.flatMap((classes, place) => line(record, { classes, place, top, step, columns, most, alpha, soft, softmax, target }))];
}

function line(record, { classes, place, top, step, columns, most, alpha, soft, softmax, target }) {
  const sum = (values) => classes.reduce((total, k) => total + values[k], 0);
  const [own, single] = [classes[0] === record.letter, classes.length === 1];
  const upper = top + place * step;
  const [thick, middle] = [step * 0.5, upper + step / 2];
  const hard = own ? alpha * columns.width : 0;
  const learned = (1 - alpha) * sum(soft) * columns.width;
  const push = ((sum(softmax) - sum(target)) / most) * columns.reach;
  const name = single ? record.names[classes[0]] : `${classes.length} more`;
  const key = `mix ${place}`;
  const from = middle - thick / 2;
  return [
    text(`${key} name`, name, columns.target - 8, middle, { align: "right", weight: own ? 700 : 400, size: single ? 15 : 11 }),
    bar(`${key} hard`, columns.target, from, hard, thick, "hard"),
    bar(`${key} soft`, columns.target + hard, from, Math.max(0.75, learned), thick, "soft"),
    bar(`${key} softmax`, columns.target + sum(softmax) * columns.width - 1, from - 4, 2.5, thick + 8, "accent"),
    text(`${key} target`, brief(sum(target)), columns.target + Math.max(hard + learned, sum(softmax) * columns.width) + 8, middle, { ink: "ink-2" }),
    bar(`${key} push`, Math.min(columns.middle, columns.middle + push), from, Math.max(0.75, Math.abs(push)), thick, push < 0 ? "up" : "down"),
    text(`${key} push`, signed(sum(softmax) - sum(target)), columns.middle + push + (push < 0 ? -5 : 5), middle, { align: push < 0 ? "right" : "left", ink: "ink-2" }),
  ];
}

// The longest bar for any α: the gradient is linear in it, so one of its ends has it.
function gradientReach(lines, soft, softmax, letter) {
  const sums = lines.flatMap((classes) => [0, 1].map((alpha) => {
    const target = mixed(soft, letter, alpha);
    return Math.abs(classes.reduce((total, k) => total + softmax[k] - target[k], 0));
  }));
  return Math.max(0.01, ...sums);
}

function signed(value) {
  const rounded = Math.round(1000 * value) / 1000;
  return `${rounded < 0 ? "−" : "+"}${Math.abs(rounded).toFixed(3)}`;
}
