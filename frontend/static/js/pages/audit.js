// <label-audit><script class="audit-data">{run, spec, classes, set, decisions, ...}</script>...</label-audit>
// The grid of suspicious images: decide by keys or buttons, undo, save as a label set, train on it.
// What is decided is kept in the browser until it is saved, so a closed window loses nothing.
import "../charts/plotly-chart.js";
import "../core/small-elements.js";
import { fragment, request } from "../core/api.js";
import { url } from "../core/url.js";
import { Decisions, kindOf, progress, words } from "../pure/decisions.js";

const KEYS = { k: "keep", r: "relabel", d: "drop", u: "undo" };
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down" };

class LabelAudit extends HTMLElement {
  connectedCallback() {
    this.data = JSON.parse(this.querySelector(".audit-data").textContent);
    this.grid = this.querySelector(".suspects");
    this.draft = `ols-audit-${this.data.run}-${this.data.set}`;
    this.decisions = new Decisions(this.data.decisions);
    for (const [number, label] of this.#drafted()) if (this.decisions.of(number) !== label) this.decisions.decide(number, label);
    this.name = this.querySelector("[data-set]");
    this.name.value = this.data.set;
    if (this.grid) this.#watch();
    this.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("keydown", (event) => this.#pressed(event));
    window.addEventListener("beforeunload", () => this.#keepDraft());
    this.#show();
    this.#typicalImages();
  }

  get cards() {
    return [...this.grid.querySelectorAll(".suspect")];
  }

  get current() {
    return this.grid?.querySelector('.suspect[aria-current="true"]');
  }

  #drafted() {
    try {
      return JSON.parse(localStorage.getItem(this.draft) ?? "[]");
    } catch {
      return [];
    }
  }

  #keepDraft() {
    try {
      if (this.decisions.unsaved) localStorage.setItem(this.draft, JSON.stringify(this.decisions.pairs()));
      else localStorage.removeItem(this.draft);
    } catch {
      // Without storage the decisions live as long as the page.
    }
  }

  // Fetches more samples before the end of the grid comes into sight.
  #watch() {
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.#more(), { rootMargin: "1200px" });
    const follow = () => {
      const link = this.grid.querySelector("[data-more]");
      if (link) observer.observe(link);
    };
    this.follow = follow;
    follow();
  }

  async #more() {
    const link = this.grid.querySelector("[data-more]");
    if (!link || link.dataset.asked) return;
    link.dataset.asked = "yes";
    const content = await fragment(link.getAttribute("href"));
    if (!content) {
      delete link.dataset.asked;
      return;
    }
    const added = [...content.querySelectorAll(".suspect")];
    link.closest("li").replaceWith(content);
    for (const card of added) this.#mark(card);
    this.follow();
  }

  #clicked(event) {
    const more = event.target.closest("[data-more]");
    if (more) {
      event.preventDefault();
      this.#more();
    }
    const card = event.target.closest(".suspect");
    if (card) this.#choose(card);
    const button = event.target.closest("button");
    if (button?.dataset.decide) this.#decide(button.dataset.decide);
    if (button?.matches("[data-save]")) this.#save();
    if (button?.matches("[data-train]")) this.#train();
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const move = MOVES[event.key];
    if (move !== undefined && this.grid) this.#move(move);
    else if (KEYS[event.key.toLowerCase()]) this.#decide(KEYS[event.key.toLowerCase()]);
    else return;
    event.preventDefault();
  }

  #move(step) {
    const cards = this.cards;
    const at = cards.indexOf(this.current);
    if (at < 0) return this.#choose(cards[0]);
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const by = { up: -columns, down: columns }[step] ?? step;
    const next = cards[at + by];
    if (next) this.#choose(next);
  }

  #choose(card) {
    if (!card) return;
    this.current?.removeAttribute("aria-current");
    card.setAttribute("aria-current", "true");
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
    this.#typical(card);
  }

  #decide(what) {
    if (what === "undo") {
      const number = this.decisions.undo();
      const card = this.cards.find((each) => Number(each.dataset.number) === number);
      if (card) {
        this.#mark(card);
        this.#choose(card);
      }
      return this.#show();
    }
    const card = this.current;
    if (!card) return this.#choose(this.cards[0]);
    const { number, given, suggested } = card.dataset;
    const label = { keep: Number(given), relabel: Number(suggested), drop: null }[what];
    this.decisions.decide(Number(number), label);
    this.#mark(card);
    this.#move(1);
    this.#show();
  }

  #mark(card) {
    const label = this.decisions.of(Number(card.dataset.number));
    const given = Number(card.dataset.given);
    const kind = kindOf(label, given);
    if (kind) card.dataset.decision = kind;
    else delete card.dataset.decision;
    card.querySelector(".decided").textContent = words(label, given, this.data.classes);
  }

  #show() {
    if (this.grid && !this.marked) for (const card of this.cards) this.#mark(card);
    this.marked = true;
    this.querySelector("[data-progress]").textContent = progress(this.decisions.size, this.data.suspicious);
    this.querySelector('[data-decide="undo"]').disabled = !this.decisions.canUndo;
    const save = this.querySelector("[data-save]");
    save.disabled = !this.decisions.unsaved || "withheld" in save.dataset; // a viewer saves nothing
    this.#keepDraft();
  }

  #say(text) {
    this.querySelector("[data-said]").textContent = text;
  }

  // Answers the saved version, or null when it was refused.
  async #save() {
    const name = this.name.value.trim();
    try {
      const body = { dataset: this.data.dataset, decisions: this.decisions.list() };
      const saved = await request("PUT", url(`/api/label-sets/${encodeURIComponent(name)}`), body);
      this.decisions.saved();
      this.#show();
      this.#say(`Saved: ${saved.name}, version ${saved.version}, ${saved.count} decisions.`);
      return saved;
    } catch (error) {
      this.#say(error.message);
      return null;
    }
  }

  // The same run on the mended labels, beside this one.
  async #train() {
    const saved = await this.#save();
    if (!saved) return;
    const spec = { ...this.data.spec, labels: { set: saved.name } };
    try {
      const run = await request("POST", url("/api/runs"), { spec, name: `${this.data.name} on ${saved.name}`.slice(0, 200) });
      location.href = url(`/compare?runs=${this.data.run},${run.id}`);
    } catch (error) {
      this.#say(error.message);
    }
  }

  async #typicalImages() {
    this.images = await request("GET", this.data.samples).catch(() => null);
    if (this.current) this.#typical(this.current);
  }

  #typical(card) {
    if (!this.images) return;
    const box = this.querySelector("[data-typical]");
    box.replaceChildren(
      ...[["labelled", card.dataset.given], ["looks like", card.dataset.suggested]].map(([said, label]) => {
        const figure = document.createElement("figure");
        const image = document.createElement("img");
        image.src = this.images.url.replace("{class}", label);
        image.alt = `Images of class ${this.data.classes[label] ?? label}`;
        const caption = document.createElement("figcaption");
        caption.textContent = `${said}: ${this.data.classes[label] ?? label}`;
        figure.append(image, caption);
        return figure;
      }),
    );
  }
}

customElements.define("label-audit", LabelAudit);
