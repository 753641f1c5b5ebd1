// Colour tables: one 32-bit pixel for each of the 65,536 codes. No DOM here.
import { DECADES, STEPS, valueOf } from "./codes.js";

// Hand-picked stops whose lightness moves one way only, so that order can be seen without hue.
const LIGHT = ["#fcfbf8", "#fbe3ba", "#f6b16b", "#e8704f", "#bb3a6b", "#7a2379", "#3a1560", "#140a2b"];
const DARK = ["#141920", "#2c1a4d", "#5c2278", "#98307a", "#d34e62", "#f2814d", "#fbbf6b", "#fdf6d0"];
const DIVERGING_LIGHT = ["#0b4f9e", "#5b9bd8", "#c3dcf2", "#fbfaf8", "#f8d3b8", "#e5814a", "#9e3a06"];
const DIVERGING_DARK = ["#a9d2ff", "#5a9be6", "#24507f", "#171c23", "#7a3c16", "#e08244", "#ffd3ae"];

export const LOG_FLOOR = 1e-4; // what is smaller is drawn like zero, where a scale has no floor of its own
const DIFFERENCE_POWER = 0.5; // small differences matter: the table spreads them

export function rgb(hex) {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

export function mix(stops, share) {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(place));
  const [a, b] = [rgb(stops[index]), rgb(stops[index + 1])];
  return a.map((from, i) => Math.round(from + (b[i] - from) * (place - index)));
}

export function stops(dark, difference = false) {
  if (difference) return dark ? DIVERGING_DARK : DIVERGING_LIGHT;
  return dark ? DARK : LIGHT;
}

// Little-endian RGBA, as ImageData holds it on every machine that runs a browser.
const pixel = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

const floorOf = ({ floor = LOG_FLOOR }) => floor;

// A tenth of an even share of K classes, rounded down to 1, 2 or 5 times a power of ten: what lies
// below it differs by chance.
export function floorFor(classes) {
  const tenth = 1 / (10 * classes);
  const power = 10 ** Math.floor(Math.log10(tenth * (1 + 1e-9)));
  return [5, 2, 1].find((step) => step * power <= tenth * (1 + 1e-9)) * power;
}

// Less and more than something in the middle, in two hues.
export const isDiverging = ({ mode }) => mode === "difference" || mode === "uniform";

// Where a value stands on the scale, 0 to 1. scale = {mode: "log", floor}, {mode: "linear" |
// "difference", max}, {mode: "uniform", classes}, whose middle is an even share and whose ends are K
// times and a K-th of it, or of a frame of any numbers {mode: "range", low, high}, whose differences
// have a `unit` too: that which the outermost code stands for.
export function shareOf(value, scale) {
  if (scale.mode === "log") {
    const floor = floorOf(scale);
    return value <= floor ? 0 : 1 - Math.log10(value) / Math.log10(floor);
  }
  if (scale.mode === "uniform") {
    if (value <= 0) return 0;
    return Math.max(0, 0.5 + (0.5 * Math.log(value * scale.classes)) / Math.log(Math.max(2, scale.classes)));
  }
  if (scale.mode === "difference") {
    const part = Math.min(1, Math.abs(value) / scale.max) ** DIFFERENCE_POWER;
    return 0.5 + 0.5 * Math.sign(value) * part;
  }
  if (scale.mode === "range") return (value - scale.low) / (scale.high - scale.low || 1);
  return value / scale.max;
}

export function valueAt(share, scale) {
  if (scale.mode === "log") return floorOf(scale) ** (1 - share);
  if (scale.mode === "uniform") return Math.max(2, scale.classes) ** (2 * share - 1) / scale.classes;
  if (scale.mode === "difference") {
    const part = (2 * share - 1);
    return Math.sign(part) * scale.max * Math.abs(part) ** (1 / DIFFERENCE_POWER);
  }
  if (scale.mode === "range") return scale.low + share * (scale.high - scale.low);
  return share * scale.max;
}

export function buildTable(scale, dark) {
  const table = new Uint32Array(65536);
  const colours = stops(dark, isDiverging(scale));
  // 1,024 shades are more than an eye parts, and mixing 65,536 would take 30 ms.
  const shades = Array.from({ length: 1024 }, (_, i) => pixel(mix(colours, i / 1023)));
  for (let code = 0; code < 65536; code++) {
    let share;
    if (scale.mode === "log") {
      const log10 = code === 0 ? -Infinity : -DECADES + (DECADES * (code - 1)) / STEPS;
      share = 1 - log10 / Math.log10(floorOf(scale));
    } else if (scale.mode === "range") {
      share = (code - 1) / STEPS;
    } else if (scale.mode === "difference") {
      share = shareOf(((code - 32768) / 32767) * (scale.unit ?? 1), scale);
    } else {
      share = shareOf(valueOf(code), scale);
    }
    table[code] = shades[Math.round(1023 * Math.min(1, Math.max(0, share)))];
  }
  if (scale.mode === "range" || scale.unit) table[0] = 0; // a gap shows the panel
  return table;
}

// What tells one table from another.
export const scaleKey = ({ mode, max, low, high, unit, floor, classes }) => [mode, max, low, high, unit, floor, classes].join(" ");

export function ticks(scale) {
  if (scale.mode === "log") {
    const floor = floorOf(scale);
    return [...[1, 0.1, 0.01, 0.001, 1e-4].filter((value) => value > 1.5 * floor), floor];
  }
  if (scale.mode === "uniform") return [1, 0.75, 0.5, 0.25, 0].map((part) => valueAt(part, scale));
  if (scale.mode === "difference") {
    return [1, 0.25, 0, -0.25, -1].map((part) => part * scale.max);
  }
  return [1, 0.75, 0.5, 0.25, 0].map((part) => valueAt(part, scale));
}

// The next of 1, 2, 5, 10, ... times a power of ten.
export function niceCeiling(value) {
  if (!(value > 0)) return 0.01;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((s) => s * power >= value * (1 - 1e-9));
  return step * power;
}
