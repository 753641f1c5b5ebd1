// Which frames a view needs: a run's own, and the one that it is shown as the difference from.
import { request } from "../core/api.js";
import { atOrBefore, step } from "../pure/timeline.js";
import { url } from "../core/url.js";

export class Sources {
  #others = new Map(); // id -> {id, name}: a run that is compared with, its frames in the store

  constructor(store, runs) {
    this.store = store;
    this.runs = runs;
  }

  // {own: {run, kind, epoch}, base: the same or null, note} at an epoch; null when there is none.
  plan(run, epoch, { kind, difference }) {
    const own = atOrBefore(this.store.epochs(run.id, kind), epoch);
    if (own === null) return null;
    const base = this.#base(run, kind, own, difference);
    if (base?.epoch === null) return { own: { run: run.id, kind, epoch: own }, base: null, note: "" };
    return { own: { run: run.id, kind, epoch: own }, base, note: base ? this.#note(base, run, kind) : "" };
  }

  #base(run, kind, epoch, difference) {
    const epochs = this.store.epochs(run.id, kind);
    if (difference === "previous") return { run: run.id, kind, epoch: step(epochs, epoch, -1) };
    if (difference === "first") return { run: run.id, kind, epoch: epochs[0] };
    if (difference === "val_probs") {
      const others = this.store.epochs(run.id, "val_probs");
      return { run: run.id, kind: "val_probs", epoch: atOrBefore(others, epoch) };
    }
    const other = difference === "base" ? this.runs[0].id : Number(difference.split(":")[1]);
    if (!other || (difference === "base" && other === run.id)) return null;
    return { run: other, kind, epoch: atOrBefore(this.store.epochs(other, kind), epoch) };
  }

  #note(base, run, kind) {
    const of = base.kind === kind ? "" : "mean validation softmax, ";
    const who = base.run === run.id ? "" : `#${base.run}, `;
    return `${of}${who}epoch ${base.epoch}`;
  }

  // {frame, base}; `small`: previews will do.
  async load({ own, base }, small) {
    const [frame, other] = await Promise.all([
      this.store.get(own.run, own.kind, own.epoch, { small }),
      base && this.store.get(base.run, base.kind, base.epoch, { small }),
    ]);
    const alike = other?.codes.length === frame.codes.length;
    return { frame, base: alike ? other : null };
  }

  readAhead(plan, small) {
    for (const one of [plan?.own, plan?.base]) if (one) this.store.readAhead(one, small);
  }

  // Learns another run's frames. An Error says why it can't be compared with.
  async learn(id, classes) {
    if (this.#others.has(id) || this.runs.some((run) => run.id === id)) return;
    const [run, matrices] = await Promise.all([
      request("GET", url(`/api/runs/${id}`)),
      request("GET", url(`/api/runs/${id}/matrices`)),
    ]);
    const same = run.classes?.length === classes.length && classes.every((name, at) => name === run.classes[at]);
    if (!same) throw new Error(`Run #${id} has other classes, so there is no difference to show.`);
    this.store.replace(id, matrices);
    this.#others.set(id, { id, name: run.name });
  }

  // Runs on the same data, newest first: those one may want the difference from.
  async candidates(dataset) {
    const path = url(`/api/runs?dataset=${encodeURIComponent(dataset)}&limit=40&sort=-id`);
    const { runs } = await request("GET", path);
    const own = new Set(this.runs.map((run) => run.id));
    return runs.filter((run) => !own.has(run.id) && run.progress.epoch > 0);
  }
}
