// Fetches and keeps matrix frames of some runs: which there are, a bounded cache, read-ahead.
import { ask } from "../core/bundle.js";
import { decode } from "../pure/codes.js";
import { Lru } from "../pure/lru.js";
import { withEpoch } from "../pure/timeline.js";
import { url } from "../core/url.js";

const BUDGET = 96 * 1024 * 1024; // bytes of decoded frames
const PREVIEW = 256; // above this many classes the server keeps a smaller copy for playback

export async function fetchMatrix(path) {
  const answer = await ask(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const [rows, columns] = answer.headers.get("X-Matrix-Shape").split(",").map(Number);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const frame = decode(bytes, answer.headers.get("X-Matrix-Codec"), rows, columns);
  const epochs = answer.headers.get("X-Matrix-Epochs");
  return epochs ? { ...frame, epochs: epochs.split(",").map(Number) } : frame;
}

export class FrameStore {
  #frames = new Lru(BUDGET);
  #pending = new Map();
  #news = false; // matrices were added
  #index = new Map(); // run -> kind -> {epochs, versions, k}

  constructor(runs) {
    for (const run of runs) this.replace(run.id, run.matrices);
  }

  get bytes() {
    return this.#frames.weight;
  }

  epochs(run, kind) {
    return this.#index.get(run)?.get(kind)?.epochs ?? [];
  }

  size(run, kind) {
    return this.#index.get(run)?.get(kind)?.k ?? 0;
  }

  add(run, epoch, versions) {
    const kinds = this.#index.get(run);
    if (!kinds) return;
    for (const [kind, version] of Object.entries(versions)) {
      const stored = kinds.get(kind) ?? { epochs: [], versions: [], k: 0 };
      kinds.set(kind, { ...stored, ...withEpoch(stored.epochs, stored.versions, epoch, version) });
      this.#news = true;
    }
  }

  // Whether matrices were added since this was last asked.
  takeNews() {
    const news = this.#news;
    this.#news = false;
    return news;
  }

  // The list of matrices as the API gives it: a page learns so what it could not see coming (S0).
  replace(run, matrices) {
    this.#index.set(run, new Map(matrices.map((entry) => [entry.kind, { ...entry }])));
  }

  // `small`: the preview will do, the frame is one of many that pass.
  async get(run, kind, epoch, { small = false } = {}) {
    const entry = this.#index.get(run)?.get(kind);
    const at = entry?.epochs.indexOf(epoch) ?? -1;
    if (at < 0) return null;
    const path = url(`/api/runs/${run}/matrices/${kind}/${epoch}?v=${entry.versions[at]}`);
    const cached = this.#frames.get(path) ?? this.#pending.get(path);
    if (cached) return cached;
    // A preview of counts has lost the sums of its rows, and with them the shares.
    if (!small || entry.k <= PREVIEW || kind === "confusion") return this.#fetch(path, true, entry);
    return this.#frames.get(`${path}&preview=1`) ?? this.#fetch(`${path}&preview=1`, false, entry);
  }

  #fetch(path, full, entry) {
    if (!this.#pending.has(path)) {
      const task = fetchMatrix(path)
        .then((frame) => {
          frame.full = full;
          this.#frames.set(path, frame, frame.codes.byteLength + (frame.counts?.byteLength ?? 0));
          if (full) entry.k ||= frame.rows;
          return frame;
        })
        .finally(() => this.#pending.delete(path));
      this.#pending.set(path, task);
    }
    return this.#pending.get(path);
  }

  // Starts fetching what comes next; a failure shows when the frame is asked for.
  readAhead({ run, kind, epoch }, small) {
    this.get(run, kind, epoch, { small }).catch(() => {});
  }
}
