// What a line chart shows: the traces of a figure that Python built (backend/analysis/figures), which
// live epochs extend, and the ranges that they fill. No DOM here.
import { growingEnd, padded, robustRange } from "../pure/axis.js";

export class LineFigure {
  log = false;
  off = new Set(); // names of the lines that the legend has switched off

  constructor(figure) {
    this.take(figure);
  }

  // Another figure of the same chart; what was chosen here stays.
  take({ data, layout, groups, group }) {
    const log = layout.yaxis.type === "log";
    if (log !== (this.layout?.yaxis.type === "log")) this.log = log;
    const kept = groups.some(({ id }) => id === this.group);
    Object.assign(this, { traces: data, layout, groups });
    this.showGroup(group ?? (kept ? this.group : groups[0].id));
  }

  // Metrics with one axis; a chart shows one group at a time.
  get form() {
    return this.groups.find(({ id }) => id === this.group) ?? this.groups[0];
  }

  // The lines of the group that have points, switched on or off.
  get listed() {
    return this.traces.filter(({ visible, meta, x }) => visible !== false && !meta.band && x.length);
  }

  get lines() {
    return this.listed.filter((trace) => !this.off.has(trace.name));
  }

  // Those of lines that are switched on.
  get bands() {
    const on = new Set(this.lines.map(({ meta }) => meta.setting));
    return this.traces.filter(({ visible, meta }) => visible !== false && meta.band && on.has(meta.setting));
  }

  get closest() {
    return this.layout.hovermode === "closest";
  }

  showGroup(id) {
    this.group = id;
    for (const trace of this.traces) if (trace.meta.group) trace.visible = trace.meta.group === id;
  }

  // One more epoch of one run; false where nothing here is of it. An epoch that is there already
  // came back from a checkpoint: it and what follows is replaced.
  extend(run, epoch, metrics) {
    const own = this.traces.filter(({ meta }) => meta.run === run && meta.metric in metrics);
    for (const { x, y, meta } of own) {
      while (x.length && x.at(-1) >= epoch) {
        x.pop();
        y.pop();
      }
      x.push(epoch);
      y.push(metrics[meta.metric]);
    }
    return own.length > 0;
  }

  // New points for each trace, in the figure's order: {x, y, name?}; null: it has none.
  fill(points) {
    this.traces.forEach((trace, index) => {
      const visible = points[index] !== null && (!trace.meta.group || trace.meta.group === this.group);
      Object.assign(trace, points[index] ?? { x: [], y: [] }, { visible });
    });
  }

  // {x, y, outside}: two ranges, and how many values lie outside of them. `zoom`: a range of x that
  // is looked at; `whole`: outliers too.
  ranges(zoom = null, whole = false) {
    const lines = this.lines;
    const x = zoom ?? this.#across(lines);
    const values = [];
    for (const { x: xs, y: ys } of [...lines, ...this.bands]) {
      ys.forEach((y, index) => {
        if (Number.isFinite(y) && (!this.log || y > 0) && xs[index] >= x[0] && xs[index] <= x[1]) values.push(y);
      });
    }
    const robust = robustRange(values);
    if (!robust) return { x, y: this.log ? [0.1, 1] : [0, 1], outside: 0 };
    const nonnegative = this.layout.yaxis.rangemode === "nonnegative";
    const y = padded(whole ? robust.whole : robust, { log: this.log, nonnegative });
    return { x, y, outside: robust.outside };
  }

  #across(lines) {
    const reached = Math.max(0, ...lines.map(({ x }) => x.at(-1)));
    const [start, end] = this.layout.xaxis.range ?? [0, undefined];
    return [start, end === undefined ? 1.02 * reached || 1 : growingEnd(reached, end)];
  }
}
