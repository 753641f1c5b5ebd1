// What one decides on suspicious samples: keep, relabel, drop, and the way back. Pure, so that it can
// be tried without a page. A decision is a class, or null for a sample that is dropped.

export class Decisions {
  #made = new Map(); // number -> label
  #before = []; // [number, label before or undefined]
  #saved;

  constructor(pairs = []) {
    for (const [number, label] of pairs) this.#made.set(number, label);
    this.#saved = this.#text();
  }

  decide(number, label) {
    this.#before.push([number, this.#made.get(number)]);
    this.#made.set(number, label);
  }

  // The number whose decision was taken back; undefined when there is none.
  undo() {
    const last = this.#before.pop();
    if (last === undefined) return undefined;
    const [number, label] = last;
    if (label === undefined) this.#made.delete(number);
    else this.#made.set(number, label);
    return number;
  }

  of(number) {
    return this.#made.get(number);
  }

  get size() {
    return this.#made.size;
  }

  get canUndo() {
    return this.#before.length > 0;
  }

  get unsaved() {
    return this.#text() !== this.#saved;
  }

  saved() {
    this.#saved = this.#text();
  }

  // As PUT /api/label-sets/{name} takes them.
  list() {
    return [...this.#made].sort(([a], [b]) => a - b).map(([number, label]) => ({ number, label }));
  }

  pairs() {
    return this.list().map(({ number, label }) => [number, label]);
  }

  #text() {
    return JSON.stringify(this.list());
  }
}

export function kindOf(label, given) {
  if (label === undefined) return "";
  if (label === null) return "drop";
  return label === given ? "keep" : "relabel";
}

export function words(label, given, classes) {
  const kind = kindOf(label, given);
  if (kind === "relabel") return `now ${classes[label] ?? label}`;
  return { keep: "kept", drop: "dropped" }[kind] ?? "";
}

// "120 of 600 looked at": of the suspicious ones; with more decisions than that, of those.
export function progress(decided, suspicious) {
  const shown = (number) => number.toLocaleString("en");
  return suspicious > 0 ? `${shown(decided)} of ${shown(Math.max(suspicious, decided))} looked at` : `${shown(decided)} looked at`;
}
