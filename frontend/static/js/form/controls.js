// The form's controls as values: what cannot be read as a number goes to the API as it was typed,
// and comes back as its error.

export function read(control) {
  const text = control.value.trim();
  if (control.dataset.type === "checkbox") return control.checked;
  if (control.dataset.type === "list") return text.startsWith("[") ? jsonOr(text) : text.split(/[\s,]+/).filter(Boolean).map(numberOr);
  if (control.dataset.type === "map") return text === "" ? {} : jsonOr(text);
  if (control.dataset.type === "number" || control.dataset.type === "integer") return text === "" ? null : numberOr(text);
  return text;
}

// A list of lists and a map are typed as JSON.
function jsonOr(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const numberOr = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

export function write(control, value) {
  if (control.dataset.type === "checkbox") control.checked = Boolean(value);
  else if (Array.isArray(value)) control.value = value.some(Array.isArray) ? JSON.stringify(value) : value.join(", ");
  else if (value && typeof value === "object") control.value = Object.keys(value).length ? JSON.stringify(value) : "";
  else {
    if (control.dataset.type === "select" && value) addOption(control, value);
    control.value = value ?? "";
  }
}

// A name that the list lacks, for not all are listed: timm/resnet18.
export function addOption(select, name) {
  if (![...select.options].some((option) => option.value === name)) select.add(new Option(name, name));
}

// Whether one of the names is meant; one that ends with a slash stands for all that begin so.
export const isNamed = (name, names) => names.some((one) => one === name || (one.endsWith("/") && name?.startsWith(one)));
