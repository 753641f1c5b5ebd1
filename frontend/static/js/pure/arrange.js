// Which classes stand where: an order of the classes, some of them collapsed into groups. No DOM.
import { codeOf, numbersOf, rangeCodes } from "./codes.js";

// {members: the classes at each place, order: the class at each place or null when they stand by
// index, placeOf: class -> place, collapsed}. `groups` are lists of classes, neighbours in `order`.
export function arrange(k, order = null, groups = []) {
  const groupOf = new Map();
  for (const group of groups) for (const member of group) groupOf.set(member, group);
  const members = [];
  const placeOf = new Int32Array(k);
  for (let at = 0; at < k; at++) {
    const own = order ? order[at] : at;
    const group = groupOf.get(own);
    const first = !group || group !== members.at(-1);
    if (first) members.push(group ?? [own]);
    placeOf[own] = members.length - 1;
  }
  const collapsed = members.length < k;
  const moved = order?.some((own, at) => own !== at);
  return { members, placeOf, collapsed, order: moved ? Uint32Array.from(order) : null };
}

// The frame of the groups: mean over a group's rows, sum over its columns, so that rows of
// probabilities still sum to 1. Cells of single classes keep their codes exactly.
export function collapseFrame(frame, { members, placeOf }) {
  const size = members.length;
  const sums = new Float64Array(size * size);
  const { rows, columns, codes } = frame;
  const value = numbersOf(frame);
  for (let i = 0; i < rows; i++) {
    const base = placeOf[i] * size;
    const weight = 1 / members[placeOf[i]].length;
    for (let j = 0; j < columns; j++) sums[base + placeOf[j]] += weight * value(i * columns + j);
  }
  if (frame.exact) return { rows: size, columns: size, ...rangeCodes(sums), exact: sums, counts: null, full: true };
  const out = new Uint16Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const single = members[i].length === 1 && members[j].length === 1;
      out[i * size + j] = single ? codes[members[i][0] * columns + members[j][0]] : codeOf(sums[i * size + j]);
    }
  }
  return { rows: size, columns: size, codes: out, counts: null, full: true };
}

export function groupName(members, classes) {
  const name = (index) => classes[index] ?? String(index);
  if (members.length === 1) return name(members[0]);
  return `${name(members[0])} … ${name(members.at(-1))} (${members.length})`;
}
