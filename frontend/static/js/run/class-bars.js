// A class's row at one epoch: bars, what the other classes hold together; and the whole row as a table.
import { write } from "../core/patch.js";
import { cellValue } from "../pure/codes.js";
import { percent, probability } from "../pure/format.js";
import { topOfRow } from "../pure/pairs.js";

export const BARS = 15;

// matrix: {rows, columns, codes, counts}; at: the row of it that is shown; order: the classes that have
// a bar, by default the largest `count`.
export function showBars(list, { matrix, at, own, classes, order = null }, count = BARS) {
  const { top, rest, others } = order ? inOrder(matrix, at, order) : topOfRow(matrix, at, count);
  const most = Math.max(...top.map(({ value }) => value), 1e-12);
  const entries = top.map(({ column, value }) => ({
    name: classes[column] ?? column, value, kind: column === own ? "own" : "",
  }));
  if (others) entries.push({ name: `${others} others`, value: rest, kind: "rest" });
  while (list.children.length > entries.length) list.lastChild.remove();
  entries.forEach((entry, index) => {
    const item = list.children[index] ?? newBar(list);
    item.className = entry.kind;
    write(item.children[0], (item.children[0].title = entry.name));
    item.querySelector(".fill").style.width = `${Math.min(100, (100 * entry.value) / most)}%`;
    write(item.children[2], percent(entry.value, 2));
  });
}

function inOrder(matrix, at, order) {
  const top = order.map((column) => ({ column, value: cellValue(matrix, at, column) }));
  const inside = new Set(order);
  let rest = 0;
  for (let column = 0; column < matrix.columns; column++) if (!inside.has(column)) rest += cellValue(matrix, at, column);
  return { top, rest, others: matrix.columns - order.length };
}

function newBar(list) {
  const item = document.createElement("li");
  item.innerHTML = `<span class="name"></span><span class="track"><span class="fill" style="display:block"></span></span><span class="num"></span>`;
  list.append(item);
  return item;
}

export function showTable(table, { matrix, at, classes }, caption) {
  const entries = Array.from({ length: matrix.columns }, (_, column) => [column, cellValue(matrix, at, column)]);
  entries.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  table.caption.textContent = caption;
  const rows = entries.map(([column, value]) => {
    const row = document.createElement("tr");
    row.innerHTML = `<th scope="row"></th><td class="num"></td>`;
    row.firstChild.textContent = classes[column] ?? column;
    row.lastChild.textContent = probability(value);
    return row;
  });
  table.tBodies[0].replaceChildren(...rows);
}
