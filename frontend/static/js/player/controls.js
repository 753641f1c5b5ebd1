// The player's toolbar and its row of controls: they show its state and change it.
import { write } from "../core/patch.js";
import { toast } from "../core/toast-stack.js";
import { FIXED } from "./orders.js";

export class Controls {
  #candidates = null;

  constructor(player) {
    this.player = player;
    this.playButton = player.querySelector(".play");
    this.label = player.querySelector(".epoch-label");
    this.hold = this.find("hold");
    this.#fill();
    player.addEventListener("change", (event) => this.#changed(event.target));
    player.addEventListener("click", (event) => this.#clicked(event.target.closest("[data-zoom]")?.dataset.zoom));
    this.playButton.addEventListener("click", () => player.toggle());
    const difference = this.find("difference");
    for (const name of ["pointerenter", "focus"]) difference.addEventListener(name, () => this.#learnRuns(), { once: true });
  }

  find(name) {
    return this.player.querySelector(`[data-control="${name}"]`);
  }

  get speed() {
    return Number(this.find("speed").value);
  }

  get loop() {
    return this.find("loop").checked;
  }

  #fill() {
    const { state } = this.player;
    this.find("kind").value = state.kind;
    this.player.querySelector(`[data-control="scale"][value="${state.scale}"]`).checked = true;
    this.find("diagonal").checked = state.hideDiagonal;
    this.find("labels").checked = state.labels;
    this.find("order").value = state.order;
    const other = /^run:(\d+)$/.exec(state.difference);
    if (other) this.#option(Number(other[1]), `#${other[1]}`);
    this.find("difference").value = state.difference;
    // A choice that this page does not offer is none.
    if (this.find("difference").selectedIndex < 0) this.find("difference").value = state.difference = "";
  }

  #changed(target) {
    const { player } = this;
    const { state } = player;
    const change = {
      kind: () => player.set({ kind: target.value, groups: [] }),
      scale: () => player.set({ scale: target.value }),
      diagonal: () => player.set({ hideDiagonal: target.checked }),
      labels: () => player.set({ labels: target.checked }),
      difference: () => player.setDifference(target.value),
      order: () => this.#order(target.value),
      hold: () => player.set({ orderEpoch: target.checked ? player.epoch : null, groups: [] }),
      follow: () => (target.checked ? player.pin(player.epochs.at(-1) ?? 0) : player.set({ follow: false })),
    }[target.dataset.control];
    if (target.dataset.control === "kind" && state.difference === "val_probs" && target.value === "val_probs") {
      state.difference = this.find("difference").value = "";
    }
    change?.();
  }

  // An order is held at first: rows that jump while it plays would hide what changes in them.
  #order(order) {
    const orderEpoch = FIXED.includes(order) ? null : this.player.epoch;
    this.player.set({ order, orderEpoch, groups: [] });
  }

  #clicked(zoom) {
    if (zoom === "all") this.player.lookAt(null);
    else if (zoom) this.player.zoom(zoom === "in" ? 1.5 : 1 / 1.5);
  }

  // The runs one may subtract: known once somebody reaches for the list.
  async #learnRuns() {
    const [{ dataset, id }] = this.player.runs;
    this.#candidates ??= this.player.sources.candidates(dataset).catch(() => []);
    for (const run of await this.#candidates) if (run.id !== id) this.#option(run.id, `${run.name} #${run.id}`);
  }

  #option(id, text) {
    const select = this.find("difference");
    const group = select.querySelector("optgroup");
    const option = select.querySelector(`option[value="run:${id}"]`);
    if (option) option.textContent = `minus ${text}`;
    else group?.append(new Option(`minus ${text}`, `run:${id}`));
    if (group) group.hidden = false;
  }

  limits(epochs) {
    const { range } = this.player;
    range.disabled = this.playButton.disabled = epochs.length === 0;
    if (epochs.length === 0) return;
    range.min = epochs[0];
    range.max = epochs.at(-1);
  }

  show(epoch) {
    const { range, playing, state } = this.player;
    range.value = epoch;
    range.setAttribute("aria-valuetext", `epoch ${epoch}`);
    write(this.label.firstElementChild, epoch);
    const word = playing ? "Pause" : "Play";
    write(this.playButton, word);
    this.playButton.setAttribute("aria-pressed", String(playing));
    this.find("follow").checked = state.follow;
    // Differences have a scale of their own; beside a base that is shown as it is both count.
    this.find("scale").closest("fieldset").disabled = state.difference !== "" && state.difference !== "base";
    this.#showHold(state);
  }

  #showHold({ order, orderEpoch }) {
    const box = this.hold.closest("label");
    box.hidden = FIXED.includes(order);
    this.hold.checked = orderEpoch !== null;
    const text = orderEpoch === null ? "hold" : `hold ${orderEpoch}`;
    write(box.lastElementChild, text);
  }

  refuseOrder(error) {
    toast(error.message, { error: true });
    Object.assign(this.player.state, { order: "index", orderEpoch: null, groups: [] });
    this.find("order").value = "index";
  }

  refuseDifference(error) {
    toast(error.message, { error: true });
    this.player.state.difference = this.find("difference").value = "";
  }
}
