// Values of a field that varies, as one types them. No DOM here.
//
//   0, 0.2, 0.4     a list                     0..4            whole numbers, both ends included
//   [4, 8], [6]     lists as values            0..1 by 0.25    numbers at a distance
//   1e-4..1e-1 log  for random search: between two numbers, here over orders of magnitude

const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?";
const SPAN = new RegExp(`^(${NUMBER})\\s*\\.\\.\\s*(${NUMBER})(?:\\s+(log|by\\s+${NUMBER}))?$`, "i");
const MOST = 1000; // values of one field, as in ols/spec/sweep.py

// What `grid` holds for a field: a list, or a range {low, high, log, whole} for random search.
// What cannot be read stays a text, which the API refuses beside the field.
export function parseValues(text, type) {
  const items = pieces(text.trim());
  const spans = items.map((item) => span(item, type));
  if (spans.length === 1 && spans[0] && !Array.isArray(spans[0])) return spans[0];
  return items.flatMap((item, index) => (Array.isArray(spans[index]) ? spans[index] : [value(item, type)]));
}

function span(item, type) {
  const match = type === "number" || type === "integer" ? SPAN.exec(item) : null;
  if (!match) return null;
  const [low, high] = [Number(match[1]), Number(match[2])];
  const how = match[3]?.toLowerCase() ?? "";
  const whole = type === "integer";
  const step = how.startsWith("by") ? Number(how.slice(2)) : whole && how !== "log" ? 1 : 0;
  if (!step) return { low, high, log: how === "log", whole };
  const count = Math.floor((high - low) / step + 1e-9) + 1;
  if (!(count > 0 && count <= MOST)) return { low, high, log: false, whole };
  return Array.from({ length: count }, (_, index) => Number((low + index * step).toPrecision(12)));
}

// At commas that stand in no brackets.
function pieces(text) {
  return text.split(/,(?![^[]*\])/).map((part) => part.trim()).filter(Boolean);
}

function value(text, type) {
  if (text === "null" || text === "none") return type === "text" ? text : null;
  if (type === "number" || type === "integer") return Number.isFinite(Number(text)) ? Number(text) : text;
  if (type !== "list") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// The same as one would type it: 0..4 for whole numbers in a row.
export function writeValues(values) {
  if (!Array.isArray(values)) return `${values.low}..${values.high}${values.log ? " log" : ""}`;
  const row = values.length > 3 && values.every((item, index) => Number.isInteger(item) && item === values[0] + index);
  if (row) return `${values[0]}..${values.at(-1)}`;
  return values.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(", ");
}
