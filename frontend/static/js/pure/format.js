// How numbers are written; backend/analysis/formats.py writes the same in Python. No DOM here.

export const DASH = "–";

export function percent(value, digits = 1) {
  return Number.isFinite(value) ? `${(100 * value).toFixed(digits)}%` : DASH;
}

// A metric by the form of its kind (ols/spec/number_kinds.py), which the page hands over.
export function written(value, { factor, digits, suffix, significant }) {
  if (!Number.isFinite(value)) return DASH;
  const scaled = factor * value;
  if (significant) return `${Number(scaled.toPrecision(digits))}${suffix}`;
  const decimals = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return scaled.toLocaleString("en", decimals) + suffix;
}

// A matrix's cell: enough digits to be exact to the frame's precision.
export function probability(value) {
  if (value === 0) return "0%";
  const hundred = 100 * value;
  if (hundred < 0.001) return `${hundred.toExponential(2)}%`;
  return `${Number(hundred.toPrecision(4))}%`;
}

// Any number with as many digits as a reader compares; a gap is a dash.
export function number(value, digits = 4) {
  if (!Number.isFinite(value)) return DASH;
  const text = String(Number(value.toPrecision(digits)));
  return text.replace("-", "−");
}

// The same where there is room for two digits.
export function brief(value) {
  const hundred = 100 * value;
  if (value === 0) return "0%";
  if (hundred < 0.01) return "<0.01%";
  return `${Number(hundred.toPrecision(hundred > 99 && hundred < 100 ? 3 : 2))}%`;
}

// How many times an even share of the classes.
export const timesUniform = (value, classes) => `${Number((value * classes).toPrecision(2))}×`;

export function tick(value, scale) {
  if (scale?.mode === "range" || scale?.unit) return number(value, 3);
  if (scale?.mode === "uniform") return timesUniform(value, scale.classes);
  return `${value < 0 ? "−" : ""}${Number((100 * Math.abs(value)).toPrecision(2))}%`;
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return DASH;
  if (seconds > 0 && seconds < 1) return "under 1 s";
  const total = Math.round(seconds);
  const days = Math.floor(total / 86400);
  const hours = Math.floor(total / 3600) % 24;
  const minutes = Math.floor(total / 60) % 60;
  const rest = total % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  if (minutes) return minutes < 10 && rest ? `${minutes} min ${rest} s` : `${minutes} min`;
  return `${rest} s`;
}

export function ago(moment, now = Date.now()) {
  const seconds = (now - new Date(moment).getTime()) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}

// What a running run's progress event says, as beside its state.
export function progressNote(progress) {
  if (progress.stage === "preparing") return "loading PyTorch and data";
  if (!progress.stage) return reached(progress);
  const left = Number.isFinite(progress.eta_seconds) ? ` · ${duration(progress.eta_seconds)} left` : "";
  return `${progress.epoch}/${progress.epochs}${left}`;
}

// How far a loop of its own has come: it need not have said how many epochs there will be.
function reached({ epoch, epochs, step }) {
  if (epoch || epochs) return epochs ? `epoch ${epoch}/${epochs}` : `epoch ${epoch}`;
  return step ? `step ${step.toLocaleString("en")}` : "";
}

export function progressShare(progress) {
  const part = progress.steps ? progress.step / progress.steps : 0;
  return progress.epochs ? Math.min(progress.epoch + part, progress.epochs) / progress.epochs : 0;
}

// 1 run, 2 runs
export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
