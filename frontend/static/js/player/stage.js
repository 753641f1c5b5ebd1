// Loads what the views show at an epoch, and draws it.

const WOULD = { rows: "target class", columns: "what OLS would learn, over the classes" };
const AXES = {
  soft_labels: { rows: "target class", columns: "soft label over the classes" },
  val_probs: { rows: "true class", columns: "mean softmax over the classes" },
  confusion: { rows: "true class", columns: "predicted class" },
};

// Other methods learn no soft labels: theirs say what OLS would have learned.
// A loop's own matrix has axes that only its owner can name.
const OWN = { rows: "row", columns: "column" };
const axesOf = (kind, { method, source }) =>
  kind === "soft_labels" && method !== "ols" && source !== "logged" ? WOULD : (AXES[kind] ?? OWN);

export class Stage {
  // player: {runs, views, sources, scales, state}
  constructor(player) {
    this.player = player;
  }

  // `small`: previews will do; `current()`: false once something newer is wanted. True if all
  // frames were whole.
  async load(epoch, small, current) {
    const { player } = this;
    const plans = player.runs.map((run) => player.sources.plan(run, epoch, player.state));
    const results = await Promise.allSettled(plans.map((plan) => plan && player.sources.load(plan, small)));
    if (!current()) return true;
    const loaded = results.map((result) => result.value ?? null);
    const scales = player.scales.of(loaded, player.state, player.arranger.k || loaded.find(Boolean)?.frame.rows);
    player.querySelector("scale-row")?.show([...new Set(scales)]);
    player.views.forEach((view, index) => {
      this.#label(view, plans[index], epoch);
      if (results[index].status === "rejected") view.say("This matrix could not be loaded; move the slider to try again.");
      else if (loaded[index]) this.#draw(view, index, plans[index], loaded[index], scales[index]);
    });
    return loaded.every((one) => !one || (one.frame.full && one.base?.full !== false));
  }

  #draw(view, index, { own, note }, { frame, base }, scale) {
    const { kind, hideDiagonal, labels } = this.player.state;
    const run = this.player.runs[index];
    const axes = axesOf(kind, run);
    view.show({ frame, base, note, classes: run.classes, scale, hideDiagonal, labels, axes, epoch: own.epoch, kind });
    const detail = { run: own.run, frame, kind, epoch: own.epoch, scale: this.player.scales.plain };
    view.dispatchEvent(new CustomEvent("frameshown", { bubbles: true, detail }));
  }

  #label(view, plan, epoch) {
    const label = view.closest("figure")?.querySelector('[data-live="view-epoch"]');
    if (!label) return;
    const own = plan?.own.epoch;
    label.textContent = plan ? (own < epoch ? `epoch ${own}, its last` : `epoch ${own}`) : "";
  }

  // The first view's matrix at another epoch, as small as it is kept.
  async thumbnail(epoch) {
    const { runs, views, sources, state } = this.player;
    const plan = sources.plan(runs[0], epoch, state);
    const loaded = plan && (await sources.load(plan, true));
    return loaded && views[0].thumbnail(loaded);
  }
}
