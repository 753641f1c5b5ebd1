// The shortest spec that means what the form shows. Values are flat: {"method.name": "ols",
// "method.alpha": 0.5}; data is what the page came with: recipes, defaults of parts, the preset.

const PARTS = ["method", "dataset", "model", "optimizer", "schedule"];

// What a field is when a spec leaves it out: what the method needs, what its authors use on the dataset, the dataset's
// recipe, else the part's own default.
export function defaultOf(path, values, data) {
  const recipe = data.recipes[values["dataset.name"]] ?? {};
  const needed = data.needs?.[values["method.name"]];
  if (needed && path in needed) return needed[path];
  const [part, field] = path.split(".");
  if (field === "name" || field === undefined || !PARTS.includes(part)) return recipe[path];
  const name = values[`${part}.name`];
  const authors = part === "method" ? data.authors?.[values["dataset.name"]]?.[name] : undefined;
  if (authors && field in authors) return authors[field];
  if (recipe[`${part}.name`] === name && path in recipe) return recipe[path];
  // Those of one maker share their fields: timm/resnet18 has those of timm/.
  return (data.parts[part]?.[name] ?? data.parts[part]?.[name?.slice(0, name.indexOf("/") + 1)])?.[field];
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

// Path -> value of what is not as the recipe has it; of another choice also its own settings.
export function changes(values, data) {
  return Object.fromEntries(Object.entries(values).filter(([path, value]) => !same(value, defaultOf(path, values, data))));
}

function setPath(target, path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  for (const key of keys) target = target[key] ??= {};
  target[last] = value;
}
