// Numbers written as a figure's axis asks for them: ".1%", ".4~g", ",d", "~s", a part of d3's
// format language, which Plotly reads too (backend/analysis/figures). No DOM here.
import { DASH } from "./format.js";

const FORM = /^(,?)(?:\.(\d+))?(~?)([%fgsd]?)$/;
const PREFIXES = ["", "k", "M", "G", "T", "P"];

// A form of "" takes as many digits as the value has, up to six.
export function writtenAs(form, value) {
  if (!Number.isFinite(value)) return DASH;
  const [, comma, given, trim, type] = FORM.exec(form) ?? FORM.exec("");
  const digits = given === undefined ? 6 : Number(given);
  const write = {
    "%": () => `${fixed(100 * value, digits, trim)}%`,
    f: () => fixed(value, digits, trim),
    g: () => String(Number(value.toPrecision(digits || 1))),
    s: () => prefixed(value, digits, trim),
    d: () => (comma ? Math.round(value).toLocaleString("en") : String(Math.round(value))),
    "": () => String(Number(value.toPrecision(6))),
  };
  return write[type]().replace(/^-/, "−");
}

function fixed(value, digits, trim) {
  const text = value.toFixed(digits);
  return trim && text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function prefixed(value, digits, trim) {
  const power = value ? Math.min(PREFIXES.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value)) / 3))) : 0;
  const scaled = (value / 1000 ** power).toPrecision(digits || 1);
  return `${trim ? Number(scaled) : scaled}${PREFIXES[power]}`;
}

// A tick that stands `step` from the next, with as many digits as it takes to tell them apart.
export function tickWritten(form, step, value) {
  if (/[sd]$/.test(form)) return writtenAs(form, value);
  const share = form.endsWith("%");
  if (step === null) return writtenAs(share ? ".3~%" : ".3~g", value); // decades
  const digits = Math.max(0, -Math.floor(Math.log10(share ? 100 * step : step) + 1e-9));
  return writtenAs(digits > 6 ? ".3~g" : `.${digits}${share ? "%" : "f"}`, value);
}
