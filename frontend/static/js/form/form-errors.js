// The API's errors beside the fields of a form: they are named by the request's own paths.

// Of fields that somebody has left alone: no error moves the focus or opens a fold. error: an ApiError,
// or null where the form is valid.
export function showLeft(form, error, control) {
  for (const input of form.querySelectorAll("[data-left]")) if (!input.matches(":focus")) clearError(input.closest(".field"));
  for (const { path, message } of error?.fields ?? []) {
    const input = controlFor(path.replace(/^(spec|grid|set)\./, ""), control);
    if (!input || !("left" in input.dataset) || input.matches(":focus")) continue;
    input.setAttribute("aria-invalid", "true");
    input.closest(".field").querySelector(".field-error").textContent = sentence(message);
  }
}

// control(name): the form's control of that name which counts just now.
export function showErrors(form, error, control) {
  const loose = [];
  let first = null;
  for (const { path, message } of error.fields ?? []) {
    const input = controlFor(path.replace(/^(spec|grid|set)\./, ""), control);
    if (!input) {
      loose.push(`${path}: ${message}`);
      continue;
    }
    const field = input.closest(".field");
    input.setAttribute("aria-invalid", "true");
    field.querySelector(".field-error").textContent = sentence(message);
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    first ??= field.querySelector(".vary-values input") ?? input;
  }
  if (!first || loose.length) form.querySelector(".form-error").textContent = loose.join("; ") || error.message;
  first?.focus();
}

// The path itself, its part's select (`method` -> `method.name`), or what it is a part of (`tags.0`,
// `seed.2` of a sweep).
function controlFor(path, control) {
  const whole = path.replace(/\.(\d+|low|high)$/, "");
  for (const name of [path, `${path}.name`, whole, `${whole}.name`]) {
    const input = control(name);
    if (input?.closest?.(".field")) return input;
  }
  return null;
}

export function clearError(field) {
  if (!field) return;
  field.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
  const place = field.querySelector(".field-error");
  if (place) place.textContent = "";
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
