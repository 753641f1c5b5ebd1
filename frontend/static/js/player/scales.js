// One colour scale for all views. Where its end is not given it is the largest value seen so far,
// so that colours keep their meaning while epochs pass; the address holds it.
import { floorFor, niceCeiling } from "../pure/colour.js";
import { largestDifference, largestOffDiagonal } from "../pure/pairs.js";

// Of any numbers: from the lowest of this frame to its highest.
const rangeOf = ({ low, high }) => ({ mode: "range", low, high });

export class Scales {
  #peaks = new Map();
  plain = null; // the scale of what is no difference
  end = 0; // of the newest scale, 0 where it follows from the kind of scale

  // `first`: an end that the address names, for the first scale that needs one.
  constructor(first) {
    this.first = first;
  }

  forget() {
    this.#peaks.clear();
    this.first = 0;
  }

  // A scale for each of `loaded` ({frame, base} or null), matrices of so many classes.
  of(loaded, { kind, scale, hideDiagonal, difference }, classes) {
    this.end = 0;
    const exact = loaded.find((one) => one?.frame.exact || one?.base?.exact);
    const plain = exact?.frame.exact ? rangeOf(exact.frame) : this.#plain(loaded, kind, scale, hideDiagonal, classes);
    this.plain = plain;
    const differing = loaded.filter((one) => one?.base);
    if (differing.length === 0) return loaded.map((one) => (one?.frame.exact ? rangeOf(one.frame) : plain));
    const most = differing.map(({ frame, base }) => largestDifference(frame, base));
    const diverging = { mode: "difference", max: this.#end(`${kind} ${difference}`, most) };
    if (exact) diverging.unit = diverging.max;
    return loaded.map((one) => (one?.base ? diverging : plain));
  }

  #plain(loaded, kind, mode, hideDiagonal, classes) {
    if (mode === "log") return { mode, floor: floorFor(classes) };
    if (mode === "uniform") return { mode, classes };
    if (!hideDiagonal) return { mode, max: 1 };
    const most = loaded.filter((one) => one && !one.base).map(({ frame }) => largestOffDiagonal(frame));
    return { mode, max: most.length ? this.#end(kind, most) : 1 };
  }

  #end(key, values) {
    const most = Math.max(this.#peaks.get(key) ?? this.first, ...values);
    this.first = 0;
    this.#peaks.set(key, most);
    this.end = niceCeiling(most);
    return this.end;
  }
}
