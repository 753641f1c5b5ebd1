// <soft-label-player>
//   <script type="application/json" class="player-data">{runs, kind, kinds}</script>
//   toolbar, one <matrix-view run=...> per run, controls (frontend/templates/_player.html)
// </soft-label-player>
// Plays the matrices of one or several runs over the epochs: one slider, one scale, one order, one
// zoom. Takes `showcell` {row, column}. CustomEvents: `epochchange` {epoch, preview}, `frameshown`
// {run, frame, kind, epoch, scale}, `orderchange` {order}; of its views `classpick`, `cellpick`.
import { Clock } from "./clock.js";
import { FrameStore } from "../heatmap/frame-store.js";
import { Arranger } from "./arranger.js";
import { Controls } from "./controls.js";
import { handleKey } from "./keys.js";
import { Menu } from "./menu.js";
import { Scales } from "./scales.js";
import { ScrubPreview } from "./scrub-preview.js";
import { Sources } from "./sources.js";
import { Stage } from "./stage.js";
import { readState, writeState } from "./view-state.js";
import { frameTime, nearest, step, union } from "../pure/timeline.js";
import { panBy, zoomAt } from "../pure/viewport.js";
import "../heatmap/scale-row.js";

const AHEAD = 8;
const POINTED = 800; // ms for which a pointer that moved over a matrix wants exact values
const SETTLES = 80; // ms a slider stands before the full frame of a large matrix is fetched
export class SoftLabelPlayer extends HTMLElement {
  #token = 0; // of the newest drawing; an older one that comes late is dropped
  #pointed = -Infinity;

  connectedCallback() {
    const data = JSON.parse(this.querySelector(".player-data").textContent);
    this.runs = data.runs;
    this.kinds = data.kinds;
    this.usual = data.order; // {name, epoch} of an order, unless the address has another one
    this.state = readState(data.kind, this.usual);
    this.store = new FrameStore(data.runs);
    this.sources = new Sources(this.store, data.runs);
    this.views = [...this.querySelectorAll("matrix-view")];
    this.scales = new Scales(this.state.max);
    this.range = this.querySelector('input[type="range"]');
    this.clock = new Clock(() => this.#tick());
    this.previewed = null;
    this.arranger = new Arranger(this);
    this.controls = new Controls(this);
    this.menu = new Menu(this);
    this.stage = new Stage(this);
    this.#listen();
    this.#begin();
  }

  #listen() {
    this.range.addEventListener("input", () => this.pin(Number(this.range.value), { settle: SETTLES }));
    document.addEventListener("keydown", (event) => handleKey(this, event) && event.preventDefault());
    this.addEventListener("viewchange", ({ detail }) => this.lookAt(detail.view));
    this.addEventListener("treepick", ({ detail }) => this.#collapse(detail.node));
    this.addEventListener("showcell", ({ detail }) => this.views.forEach((view) => view.showCell(detail.row, detail.column)));
    this.addEventListener("needfull", () => this.#needFull());
    new ScrubPreview(this.range, (epoch) => nearest(this.epochs, epoch), (epoch) => this.stage.thumbnail(epoch));
  }

  // What the address asks for may need more than the page brought: another run's frames.
  async #begin() {
    for (const view of this.views) view.lookAt(this.state.view);
    if (this.state.difference.startsWith("run:")) await this.setDifference(this.state.difference);
    else this.refresh();
  }

  control(name) {
    return this.controls.find(name);
  }

  get epoch() {
    return this.state.epoch;
  }

  get epochs() {
    return union(this.runs.map((run) => this.store.epochs(run.id, this.state.kind)));
  }

  get playing() {
    return this.clock.running;
  }

  // Brings slider and views in line with what there is; called when anything has changed.
  refresh() {
    const { epochs, state } = this;
    this.controls.limits(epochs);
    if (epochs.length === 0) return Promise.resolve();
    if (state.follow || state.epoch === null) state.epoch = epochs.at(-1);
    state.epoch = nearest(epochs, state.epoch);
    return this.#showEpoch();
  }

  // Changes what is shown; `values` are parts of view-state's state.
  set(values) {
    Object.assign(this.state, values);
    return this.refresh();
  }

  // Moves the page's one epoch cursor. `passing`: one of many epochs that are shown in turn.
  pin(epoch, { keepPlaying = false, passing = keepPlaying, settle = 0 } = {}) {
    const { epochs, state } = this;
    if (epoch === null || epochs.length === 0) return Promise.resolve();
    if (!keepPlaying) this.clock.stop();
    this.previewed = null;
    state.epoch = nearest(epochs, epoch);
    state.follow = state.epoch === epochs.at(-1) && !passing;
    return this.#showEpoch({ passing, settle });
  }

  stepEpoch(by) {
    return this.pin(step(this.epochs, this.epoch ?? 0, by));
  }

  // Shows an epoch without moving the cursor; null goes back to it.
  preview(epoch) {
    if (this.playing || epoch === this.previewed) return;
    this.previewed = epoch === null ? null : nearest(this.epochs, epoch);
    this.#showEpoch({ settle: SETTLES });
  }

  toggle() {
    const { epochs } = this;
    if (epochs.length === 0) return;
    if (this.playing) this.clock.stop();
    else {
      if (this.epoch === epochs.at(-1)) this.pin(epochs[0], { passing: true });
      this.clock.start(() => frameTime(this.epochs.length, this.controls.speed));
    }
    // An end that was played to is followed again.
    if (!this.playing) this.state.follow = this.epoch === epochs.at(-1);
    this.#showEpoch({ passing: this.playing });
  }

  async #tick() {
    const { epochs } = this;
    let next = step(epochs, this.epoch, 1);
    if (next === this.epoch && this.controls.loop) next = epochs[0];
    if (next === null || next === this.epoch) return this.toggle();
    const at = epochs.indexOf(next);
    const ahead = [...epochs.slice(at, at + AHEAD), ...(this.controls.loop ? epochs.slice(0, 1) : [])];
    for (const epoch of ahead) this.#readAhead(epoch);
    // Waiting here shows every epoch in turn: a slow network slows the film, and skips nothing.
    return this.pin(next, { keepPlaying: true });
  }

  #readAhead(epoch, small = this.#smallDoes()) {
    for (const run of this.runs) this.sources.readAhead(this.sources.plan(run, epoch, this.state), small);
  }

  // Previews keep the classes by index and blur what is enlarged; a pointer wants exact values.
  #smallDoes() {
    const { order, view } = this.state;
    return order === "index" && !view && performance.now() - this.#pointed > POINTED;
  }

  async #showEpoch({ passing = this.playing, settle = 0 } = {}) {
    const epoch = this.previewed ?? this.epoch;
    const token = ++this.#token;
    this.controls.show(epoch);
    this.dispatchEvent(new CustomEvent("epochchange", { bubbles: true, detail: { epoch, preview: this.previewed !== null } }));
    if (!settle) this.#readAhead(epoch); // an order may have to come first
    await this.#arrange(epoch);
    const current = () => token === this.#token;
    if (!current()) return;
    const small = this.#smallDoes();
    const whole = await this.stage.load(epoch, small, current);
    if (!small || whole || passing || !current()) return this.#keep();
    if (settle) await new Promise((resolve) => setTimeout(resolve, settle));
    if (current()) await this.stage.load(epoch, false, current);
    this.#keep();
  }

  #keep() {
    writeState(this.state, this.scales.end, this.usual);
  }

  async #arrange(epoch) {
    try {
      await this.arranger.apply(epoch);
    } catch (error) {
      this.controls.refuseOrder(error);
      await this.arranger.apply(epoch);
    }
  }

  // Resolves once the shown epoch stands in full.
  full() {
    return this.pin(this.epoch);
  }

  #needFull() {
    const shown = this.views[0].shown?.frame;
    this.#pointed = performance.now();
    // While it plays, the next epoch comes in full.
    if (shown && !shown.full && !this.playing) this.#showEpoch();
  }

  lookAt(view) {
    const unchanged = JSON.stringify(view) === JSON.stringify(this.state.view);
    if (unchanged) return;
    this.state.view = view;
    for (const one of this.views) one.lookAt(view);
    this.#keep();
    if (view) this.#needFull();
  }

  zoom(factor) {
    const [{ view, size, propose }] = this.views;
    if (size) propose(zoomAt(view, size, factor, view.row + view.span / 2, view.column + view.span / 2));
  }

  pan(rows, columns) {
    const [{ view, size, propose }] = this.views;
    if (size) propose(panBy(view, size, rows * view.span, columns * view.span));
  }

  #collapse(node) {
    // Groups belong to one tree, so the order stays that of this epoch.
    const orderEpoch = this.state.orderEpoch ?? this.epoch;
    this.set({ groups: this.arranger.toggle(node, this.state.groups), orderEpoch });
  }

  async setDifference(difference) {
    try {
      if (difference.startsWith("run:")) await this.sources.learn(Number(difference.slice(4)), this.runs[0].classes);
      this.state.difference = difference;
    } catch (error) {
      this.controls.refuseDifference(error);
    }
    this.scales.forget();
    return this.refresh();
  }

  addEpoch(run, epoch, versions) {
    this.store.add(run, epoch, versions);
  }

  // Epochs were added. What is followed comes whole: its preview would be a second question.
  showNewest() {
    if (!this.store.takeNews()) return; // most epochs of a long run keep no matrix
    if (this.state.follow) this.#readAhead(this.epochs.at(-1), false);
    this.refresh();
  }

  // {kind, epoch} of the first run's own matrix that stands for an epoch; null: there is none yet.
  matrixAt(epoch) {
    const own = this.sources.plan(this.runs[0], epoch, this.state)?.own;
    return own ? { kind: own.kind, epoch: own.epoch } : null;
  }

  setRun(run, { classes, matrices }) {
    const listed = this.runs.find((item) => item.id === run);
    if (classes) listed.classes = classes;
    if (matrices) this.store.replace(run, matrices);
    this.refresh();
  }
}

customElements.define("soft-label-player", SoftLabelPlayer);
