// A line to search in above each long list of choices: it completes their titles, and the one that is
// typed or chosen becomes the list's value.
import { fold } from "../pure/fold.js";

const LONG = 12; // options that an eye takes in at once

export function searchable(form) {
  for (const select of form.querySelectorAll("select[data-type=select]")) {
    if (select.options.length > LONG) select.before(search(select));
  }
}

function search(select) {
  const title = select.closest(".field").querySelector("label").textContent.trim();
  const list = document.createElement("datalist");
  list.id = `${select.id}-titles`;
  list.append(...[...select.options].map((option) => new Option(option.value, option.textContent)));
  const input = document.createElement("input");
  Object.assign(input, { type: "search", className: "option-search", placeholder: `Search ${select.options.length}`, autocomplete: "off" });
  input.ariaLabel = `Search in ${title}`;
  input.setAttribute("list", list.id);
  input.addEventListener("input", (event) => event.stopPropagation()); // it is no field of the run
  input.addEventListener("change", () => choose(select, input));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(select, input);
  });
  const box = document.createElement("div");
  box.append(input, list);
  return box;
}

// An exact title or name, else the only one that holds the word, else nothing.
function choose(select, input) {
  const word = fold(input.value.trim());
  if (!word) return;
  const names = [...select.options].map((option) => [option, fold(option.textContent), fold(option.value)]);
  const exact = names.find(([, title, value]) => title === word || value === word);
  const holding = names.filter(([, title, value]) => title.includes(word) || value.includes(word));
  const [option] = exact ?? (holding.length === 1 ? holding[0] : []);
  input.setAttribute("aria-invalid", String(!option));
  if (!option) return;
  input.value = "";
  select.value = option.value;
  select.dispatchEvent(new Event("input", { bubbles: true }));
}
