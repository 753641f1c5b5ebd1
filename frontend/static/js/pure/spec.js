// A run's spec as code: the shortest spec that means what the form shows, as JSON, as a command
// line, as Python. Values are flat: {"method.name": "ols", "method.alpha": 0.5}. No DOM here.

const PARTS = ["method", "dataset", "model", "optimizer", "schedule"];

// What a field is when a spec leaves it out: the dataset's recipe, else the part's own default.
export function defaultOf(path, values, data) {
  const recipe = data.recipes[values["dataset.name"]] ?? {};
  const [part, field] = path.split(".");
  if (field === "name" || field === undefined || !PARTS.includes(part)) return recipe[path];
  const name = values[`${part}.name`];
  if (recipe[`${part}.name`] === name && path in recipe) return recipe[path];
  return data.parts[part]?.[name]?.[field];
}

export const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

// Method and dataset are always said; of the rest only what is not the default anyway: the preset's,
// as long as the dataset is the preset's.
export function minimalSpec(values, data) {
  const spec = data.preset && data.preset.dataset === values["dataset.name"] ? { preset: data.preset.name } : {};
  for (const part of ["method", "dataset"]) {
    const name = values[`${part}.name`];
    if (name !== undefined) setPath(spec, `${part}.name`, name);
  }
  for (const [path, value] of Object.entries(values)) {
    if (path === "method.name" || path === "dataset.name") continue;
    if (same(value, defaultOf(path, values, data))) continue;
    const part = path.split(".")[0];
    if (PARTS.includes(part)) setPath(spec, `${part}.name`, values[`${part}.name`]);
    setPath(spec, path, value);
  }
  return spec;
}

export function setPath(target, path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  for (const key of keys) target = target[key] ??= {};
  target[last] = value;
}

function* leaves(value, path = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) yield [path, value];
  else for (const key of Object.keys(value)) yield* leaves(value[key], path ? `${path}.${key}` : key);
}

const quoted = (text) => (/^[\w.,:=+/@%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export function commandLine(spec) {
  const words = ["python -m ols train"];
  const rest = structuredClone(spec);
  if (rest.preset) words.push(`--preset ${quoted(rest.preset)}`);
  delete rest.preset;
  for (const part of ["method", "dataset", "model"]) {
    if (rest[part]?.name) words.push(`--${part} ${quoted(rest[part].name)}`);
    if (rest[part]) delete rest[part].name;
  }
  const { noise } = rest;
  if (typeof noise?.kind === "string") {
    words.push(`--noise ${quoted(noise.kind + (noise.rate === undefined ? "" : `:${noise.rate}`))}`);
    delete rest.noise;
  }
  for (const [key, flag] of [["epochs", "epochs"], ["batch_size", "batch-size"], ["seed", "seed"]]) {
    if (rest[key] === undefined) continue;
    words.push(`--${flag} ${quoted(String(rest[key]))}`);
    delete rest[key];
  }
  for (const [path, value] of leaves(rest)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    words.push(`--set ${quoted(`${path}=${text}`)}`);
  }
  return words.join(" \\\n    ");
}

export function pythonLiteral(value, indent = "") {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => pythonLiteral(item)).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value);
  const flat = entries.every(([, inner]) => inner === null || typeof inner !== "object");
  if (flat && indent) {
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}: ${pythonLiteral(inner)}`).join(", ")}}`;
  }
  const inside = `${indent}    `;
  const lines = entries.map(([key, inner]) => `${inside}${JSON.stringify(key)}: ${pythonLiteral(inner, inside)},`);
  return `{\n${lines.join("\n")}\n${indent}}`;
}

export function pythonCode(spec) {
  return [
    "from ols import RunSpec, Trainer",
    "",
    `spec = RunSpec.parse(${pythonLiteral(spec)})`,
    "for report in Trainer(spec):",
    '    print(report.epoch, report.metrics["val_top1"])',
  ].join("\n");
}

// What a run is called that is given no name.
export function defaultName(values) {
  const rate = Number(values["noise.rate"]);
  const noise = rate ? `-${Math.round(1000 * rate) / 10}%` : "";
  return `${values["method.name"]}-${values["dataset.name"]}${noise}`;
}
