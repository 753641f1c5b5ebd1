// What the tooltip says about a cell: both classes, its exact value, where that comes from.
import { groupName } from "../pure/arrange.js";
import { cellValue, groupValue } from "../pure/codes.js";
import { DASH, number, probability } from "../pure/format.js";

// Nodes for the tooltip; null while only a preview is there, which cannot say the exact value.
export function describeCell({ frame, base, classes, note }, { members }, { row, column }) {
  if (!frame.full || (base && !base.full)) return null;
  const [from, to] = [members[row], members[column]];
  const names = document.createElement("b");
  names.textContent = `${groupName(from, classes)} → ${groupName(to, classes)}`;
  const small = document.createElement("small");
  const value = valueAt(frame, from, to);
  const said = frame.exact || base?.exact ? number : probability;
  const parts = [base && `${said(value)} against ${said(valueAt(base, from, to))}${note ? `, ${note}` : ""}`];
  if (!base && frame.counts) parts.push(imagesAt(frame, from, to));
  if (from.length + to.length > 2) parts.push(`mean over ${from.length} rows of the sum over ${to.length} columns`);
  small.textContent = parts.filter(Boolean).join("; ");
  const text = base ? signed(value - valueAt(base, from, to), said) : said(value);
  return [names, ` ${text}`, small];
}

export function valueAt(frame, rows, columns) {
  return rows.length + columns.length > 2 ? groupValue(frame, rows, columns) : cellValue(frame, rows[0], columns[0]);
}

function signed(difference, said) {
  if (difference === 0) return DASH;
  return `${difference > 0 ? "+" : "−"}${said(Math.abs(difference))}`;
}

// Of counts: how many images lie in a cell, or in a group's.
export function countAt(frame, rows, columns) {
  let images = 0;
  for (const row of rows) for (const column of columns) images += frame.counts[row * frame.columns + column];
  return images;
}

function imagesAt(frame, rows, columns) {
  const images = countAt(frame, rows, columns);
  return `${images} image${images === 1 ? "" : "s"}`;
}
