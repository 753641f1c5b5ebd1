// <soft-label-player>
//   <script type="application/json" class="player-data">{runs, kind, kinds}</script>
//   toolbar, one <matrix-view run=...> per run, controls (frontend/templates/_player.html)
// </soft-label-player>
// Plays the matrices of one or several runs over the epochs: one slider, one colour scale.
// CustomEvents: `epochchange` {epoch, preview}, `frameshown` {run, frame, kind, epoch, scale}.
import { Clock } from "../clock.js";
import { FrameStore } from "../frame-store.js";
import { differenceCodes, cellValue } from "../pure/codes.js";
import { niceCeiling } from "../pure/colour.js";
import { probability, DASH } from "../pure/format.js";
import { largestDifference, largestOffDiagonal } from "../pure/pairs.js";
import { atOrBefore, frameTime, nearest, step, union } from "../pure/timeline.js";
import { readUrl, writeUrl } from "../url-state.js";
import "./scale-row.js";

const AHEAD = 8;
const AXES = {
  soft_labels: { rows: "target class", columns: "soft label over the classes" },
  val_probs: { rows: "true class", columns: "mean softmax over the classes" },
  confusion: { rows: "true class", columns: "predicted class" },
};

export class SoftLabelPlayer extends HTMLElement {
  #token = 0; // of the newest drawing; an older one that comes late is dropped
  #peaks = {}; // kind -> largest value off the diagonal so far: the linear scale without it

  connectedCallback() {
    const data = JSON.parse(this.querySelector(".player-data").textContent);
    this.runs = data.runs;
    this.kinds = data.kinds;
    this.store = new FrameStore(data.runs);
    this.views = [...this.querySelectorAll("matrix-view")];
    this.control = (name) => this.querySelector(`[data-control="${name}"]`);
    this.playButton = this.querySelector(".play");
    this.range = this.querySelector('input[type="range"]');
    this.label = this.querySelector(".epoch-label");
    this.clock = new Clock(() => this.#tick());
    this.previewed = null;
    this.#readUrl(data.kind);
    this.#listen();
    this.refresh();
  }

  #readUrl(kind) {
    this.kind = kind;
    this.control("kind").value = kind;
    this.scaleMode = readUrl("scale") === "linear" ? "linear" : "log";
    this.querySelector(`[data-control="scale"][value="${this.scaleMode}"]`).checked = true;
    this.hideDiagonal = readUrl("diagonal") === "hidden";
    this.control("diagonal").checked = this.hideDiagonal;
    const asked = Number.parseInt(readUrl("epoch") ?? "", 10);
    this.follow = !Number.isFinite(asked);
    this.epoch = this.follow ? null : asked;
  }

  #listen() {
    this.playButton.addEventListener("click", () => this.toggle());
    this.range.addEventListener("input", () => this.pin(Number(this.range.value)));
    this.addEventListener("change", (event) => this.#changed(event.target));
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #changed(target) {
    const name = target.dataset.control;
    if (name === "kind") {
      this.kind = target.value;
      writeUrl("kind", this.kind === "soft_labels" ? null : this.kind);
    } else if (name === "scale") {
      this.scaleMode = target.value;
      writeUrl("scale", this.scaleMode === "log" ? null : this.scaleMode);
    } else if (name === "diagonal") {
      this.hideDiagonal = target.checked;
      writeUrl("diagonal", target.checked ? "hidden" : null);
    } else if (name === "follow" && target.checked) {
      return this.pin(this.epochs.at(-1) ?? 0);
    } else if (name === "follow") {
      this.follow = false;
    }
    return this.refresh();
  }

  #key(event) {
    const within = this.contains(event.target) || event.target === document.body;
    const typing = event.target.closest("input, select, textarea, button, summary, a");
    if (!within || event.ctrlKey || event.metaKey || event.altKey || (typing && typing !== this.range)) return;
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 };
    if (event.key === " ") this.toggle();
    else if (event.key in moves) this.pin(step(this.epochs, this.epoch ?? 0, moves[event.key]));
    else return;
    event.preventDefault();
  }

  get epochs() {
    return union(this.runs.map((run) => this.store.epochs(run.id, this.kind)));
  }

  get playing() {
    return this.clock.running;
  }

  // Brings slider and views in line with what there is; called when anything has changed.
  refresh() {
    const epochs = this.epochs;
    const none = epochs.length === 0;
    this.range.disabled = this.playButton.disabled = none;
    if (none) return;
    if (this.follow || this.epoch === null) this.epoch = epochs.at(-1);
    this.epoch = nearest(epochs, this.epoch);
    this.range.min = epochs[0];
    this.range.max = epochs.at(-1);
    this.#showEpoch();
  }

  // Moves the page's one epoch cursor.
  pin(epoch, { keepPlaying = false } = {}) {
    const epochs = this.epochs;
    if (epoch === null || epochs.length === 0) return;
    if (!keepPlaying) this.clock.stop();
    this.previewed = null;
    this.epoch = nearest(epochs, epoch);
    this.follow = this.epoch === epochs.at(-1);
    writeUrl("epoch", this.follow ? null : String(this.epoch));
    this.#showEpoch();
  }

  // Shows an epoch without moving the cursor; null goes back to it.
  preview(epoch) {
    if (this.playing || epoch === this.previewed) return;
    this.previewed = epoch === null ? null : nearest(this.epochs, epoch);
    this.#showEpoch();
  }

  toggle() {
    if (this.playing) {
      this.clock.stop();
    } else {
      const epochs = this.epochs;
      if (epochs.length === 0) return;
      if (this.epoch === epochs.at(-1)) this.pin(epochs[0]);
      this.clock.start(() => frameTime(this.epochs.length, Number(this.control("speed").value)));
    }
    this.#showEpoch();
  }

  async #tick() {
    const epochs = this.epochs;
    const next = step(epochs, this.epoch, 1);
    if (next === null || next === this.epoch) {
      this.clock.stop();
      this.#showEpoch();
      return;
    }
    const at = epochs.indexOf(next);
    for (const run of this.runs) this.store.readAhead(run.id, this.kind, epochs.slice(at, at + AHEAD));
    // Waiting here shows every epoch in turn: a slow network slows the film, and skips nothing.
    await Promise.all(this.runs.map((run) => this.#frame(run, next, true).catch(() => null)));
    if (this.playing) this.pin(next, { keepPlaying: true });
  }

  #frame(run, epoch, small) {
    const own = atOrBefore(this.store.epochs(run.id, this.kind), epoch);
    return own === null ? Promise.resolve(null) : this.store.get(run.id, this.kind, own, { small });
  }

  async #showEpoch() {
    const epoch = this.previewed ?? this.epoch;
    const token = ++this.#token;
    this.range.value = epoch;
    this.range.setAttribute("aria-valuetext", `epoch ${epoch}`);
    this.label.innerHTML = `epoch <b>${epoch}</b>`;
    this.playButton.textContent = this.playing ? "Pause" : "Play";
    this.playButton.setAttribute("aria-pressed", String(this.playing));
    this.control("follow").checked = this.follow;
    const detail = { epoch, preview: this.previewed !== null };
    this.dispatchEvent(new CustomEvent("epochchange", { bubbles: true, detail }));
    const frames = await Promise.allSettled(
      this.runs.map((run) => this.#frame(run, epoch, this.playing || this.previewed !== null)),
    );
    if (token !== this.#token) return;
    this.#draw(frames.map((result) => result.value ?? null), frames, epoch);
  }

  #draw(frames, results, epoch) {
    const base = frames[0];
    const comparing = this.control("difference")?.checked && base;
    const scale = this.#scale(frames);
    this.querySelector("scale-row")?.show(comparing ? [scale, this.#differenceScale(frames)] : [scale]);
    this.views.forEach((view, index) => {
      const run = this.runs[index];
      const frame = frames[index];
      const own = atOrBefore(this.store.epochs(run.id, this.kind), epoch);
      const label = view.closest("figure")?.querySelector('[data-live="view-epoch"]');
      if (label) label.textContent = own === null ? "" : own < epoch ? `epoch ${own}, its last` : `epoch ${own}`;
      if (results[index].status === "rejected") return view.say("This matrix could not be loaded; move the slider to try again.");
      if (!frame) return;
      const shown = { frame, classes: run.classes, scale, hideDiagonal: this.hideDiagonal, axes: AXES[this.kind], epoch: own, kind: this.kind };
      const difference = comparing && index > 0 && frame.codes.length === base.codes.length;
      view.show(difference ? { ...shown, ...this.#difference(frame, base) } : shown);
      const detail = { run: run.id, frame, kind: this.kind, epoch: own, scale };
      view.dispatchEvent(new CustomEvent("frameshown", { bubbles: true, detail }));
    });
  }

  // One scale for all views. Linear without the diagonal: up to the largest value seen so far.
  #scale(frames) {
    if (this.scaleMode === "log") return { mode: "log", max: 1 };
    if (!this.hideDiagonal) return { mode: "linear", max: 1 };
    const most = Math.max(0, ...frames.filter(Boolean).map(largestOffDiagonal));
    this.#peaks[this.kind] = Math.max(this.#peaks[this.kind] ?? 0, most);
    return { mode: "linear", max: niceCeiling(this.#peaks[this.kind]) };
  }

  // Around zero, up to the largest difference seen so far.
  #differenceScale([base, ...others]) {
    const most = Math.max(0, ...others.filter(Boolean).map((frame) => largestDifference(frame, base)));
    this.#peaks.difference = Math.max(this.#peaks.difference ?? 0, most);
    return { mode: "difference", max: niceCeiling(this.#peaks.difference) };
  }

  #difference(frame, base) {
    return {
      frame: { ...frame, codes: differenceCodes(frame, base), counts: null },
      scale: this.#differenceScale([base, frame]),
      describe: (row, column) => {
        const [a, b] = [cellValue(frame, row, column), cellValue(base, row, column)];
        const sign = a === b ? DASH : `${a > b ? "+" : "−"}${probability(Math.abs(a - b))}`;
        return `${sign} (${probability(a)} against ${probability(b)})`;
      },
    };
  }

  addEpoch(run, epoch, versions) {
    this.store.add(run, epoch, versions);
    this.refresh();
  }

  setRun(run, { classes, matrices }) {
    const known = this.runs.find((item) => item.id === run);
    if (classes) known.classes = classes;
    if (matrices) this.store.replace(run, matrices);
    this.refresh();
  }
}

customElements.define("soft-label-player", SoftLabelPlayer);
