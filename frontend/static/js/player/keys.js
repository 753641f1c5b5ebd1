// The player's keys; `?` lists them (the dialog in frontend/templates/_player.html).

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const PANS = { w: [-0.25, 0], a: [0, -0.25], s: [0.25, 0], d: [0, 0.25] };
const EPOCHS = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 };

// True when the key was the player's. Keys of fields, buttons and links stay theirs.
export function handleKey(player, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const within = player.contains(event.target) || event.target === document.body;
  const typing = event.target.closest("input, select, textarea, button, summary, a, dialog");
  if (!within || (typing && typing !== player.range)) return false;
  const action = actionOf(player, event, typing === player.range);
  action?.();
  return Boolean(action);
}

function actionOf(player, { key, shiftKey }, onRange) {
  const view = player.views[0];
  if (key === "?") return () => player.menu.showKeys();
  if (shiftKey && key in MOVES && !onRange) return () => view.step(...MOVES[key]);
  if (key in EPOCHS) return () => player.stepEpoch(EPOCHS[key]);
  if (key in PANS) return () => player.pan(...PANS[key]);
  const simple = {
    " ": () => player.toggle(),
    "+": () => player.zoom(1.5),
    "=": () => player.zoom(1.5),
    "-": () => player.zoom(1 / 1.5),
    0: () => player.lookAt(null),
    l: () => player.control("loop").click(),
    Enter: document.activeElement === view.canvas ? () => view.pick() : undefined,
  };
  return simple[key];
}
