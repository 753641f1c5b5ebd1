// Ctrl+K (Cmd+K) on any page: a word leads to a run, an experiment, a class of the run that is shown, a
// method or a page (`/api/find`), or does what the page offers for the run. Arrows choose, Enter goes
// there, Escape closes.
import { request } from "./api.js";
import { url } from "./url.js";

const WAIT = 120; // ms after the last letter

class Palette {
  #asked = 0;
  #timer = 0;
  #at = 0;

  constructor() {
    this.dialog = document.createElement("dialog");
    this.dialog.className = "palette";
    this.dialog.setAttribute("aria-label", "Find");
    this.dialog.innerHTML = `<input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list"
      aria-autocomplete="list" aria-label="Find a run, an experiment, a class, a method or a page"
      placeholder="Find a run, an experiment, a class, a method, a page" autocomplete="off" spellcheck="false">
      <ul id="palette-list" role="listbox" aria-label="Where to go"></ul><p role="status"></p>`;
    document.body.append(this.dialog);
    [this.input, this.list, this.note] = this.dialog.children;
    this.input.addEventListener("input", () => this.#soon(WAIT));
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("click", (event) => this.#go(event.target.closest("li")));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  open() {
    if (this.dialog.open) return;
    this.input.value = "";
    this.list.replaceChildren();
    this.dialog.showModal();
    this.#soon(0);
  }

  #soon(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    const asked = ++this.#asked;
    const run = document.querySelector("run-head")?.getAttribute("run");
    const word = this.input.value.trim();
    const query = new URLSearchParams({ q: word, ...(run && { run }) });
    try {
      const { results } = await request("GET", url(`/api/find?${query}`));
      if (asked === this.#asked) this.#show(results, word);
    } catch (error) {
      if (asked === this.#asked) this.note.textContent = error.message;
    }
  }

  #show(results, word) {
    this.list.dataset.word = word; // what these were found under
    const actions = actionsOf(word.toLowerCase());
    this.list.replaceChildren(...[...actions, ...results].map(option));
    this.note.textContent = this.list.children.length ? "" : `Nothing is called “${word}”.`;
    this.#select(0);
  }

  #select(at) {
    const options = [...this.list.children];
    this.#at = options.length ? (at + options.length) % options.length : 0;
    options.forEach((one, index) => one.setAttribute("aria-selected", String(index === this.#at)));
    const chosen = options[this.#at];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#select(this.#at + step);
    else if (event.key === "Enter") this.#go(this.list.children[this.#at]);
    else return;
    event.preventDefault();
  }

  #go(item) {
    if (!item) return;
    this.dialog.close();
    if (item.control) item.control.click();
    else location.href = item.dataset.href;
  }
}

// What the open run's page offers, by its visible words.
function actionsOf(word) {
  if (!word) return [];
  const controls = document.querySelectorAll(".head-actions > :is(button[data-action], a), .run-links > a:not([hidden])");
  const worded = [...controls].map((control) => ({ kind: "action", title: control.firstChild.textContent.trim(), detail: control.title, control }));
  return worded.filter(({ title }) => title.toLowerCase().includes(word));
}

function option({ kind, title, detail, href, control }, index) {
  const item = document.createElement("li");
  item.innerHTML = `<span></span><small></small><span class="kind"></span>`;
  [title, detail, kind].forEach((text, place) => (item.children[place].textContent = text));
  Object.assign(item, { id: `palette-${index}`, role: "option" });
  if (control) item.control = control;
  else item.dataset.href = href;
  return item;
}

let palette = null;
const open = () => (palette ??= new Palette()).open();

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open();
});
document.addEventListener("click", (event) => event.target.closest('[data-control="find"]') && open());
