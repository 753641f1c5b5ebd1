// A line to search in above each long list of choices: it completes their titles, and the one that is
// typed or chosen becomes the list's value. That of networks knows timm's too, where a worker has timm.
import { request } from "../core/api.js";
import { url } from "../core/url.js";
import { fold } from "../pure/fold.js";
import { addOption } from "./controls.js";

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
  if (select.name === "model.name") input.addEventListener("focus", () => offerTimm(input, list), { once: true });
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

// Without an answer the search finds what the page itself lists.
async function offerTimm(input, list) {
  const { workers, networks } = await request("GET", url("/api/networks")).catch(() => ({ workers: [], networks: [] }));
  if (!workers.length) return;
  list.append(...networks.map((network) => new Option(network.name, `${network.name} (${facts(network)})`)));
  input.placeholder = `Search ${list.options.length}, timm's too`;
}

function facts({ parameters, macs, image_size: side }) {
  return [`${(parameters / 1e6).toFixed(1)} M`, macs && `${(macs / 1e9).toFixed(macs < 1e9 ? 2 : 1)} G MACs`, `${side} px`].filter(Boolean).join(", ");
}

// An exact title or name, else the only one that holds the word, else nothing.
function choose(select, input) {
  const word = fold(input.value.trim());
  if (!word) return;
  const names = [...input.list.options].map((option) => [option.textContent, fold(option.textContent), fold(option.value)]);
  const exact = names.find(([, folded, title]) => folded === word || title === word);
  const holding = names.filter(([, folded, title]) => folded.includes(word) || title.includes(word));
  const [name] = exact ?? (holding.length === 1 ? holding[0] : []);
  input.setAttribute("aria-invalid", String(!name));
  if (!name) return;
  input.value = "";
  addOption(select, name);
  select.value = name;
  select.dispatchEvent(new Event("input", { bubbles: true }));
}
