// The comparison: curves, heatmaps and the table of results, live while a run trains.
import "../heatmap/matrix-view.js";
import "../player/soft-label-player.js";
import "../charts/metric-chart.js";
import "../charts/plotly-chart.js";
import "../compare/compare-view.js";
import { fragment, request } from "../core/api.js";
import { LiveStream } from "../core/live.js";
import { isFinal } from "../core/run-words.js";
import { patch } from "../core/patch.js";
import { progressNote } from "../pure/format.js";
import { renewing } from "../core/renew.js";
import { url } from "../core/url.js";

const live = document.querySelector("compare-live");
const player = document.querySelector("soft-label-player");
const view = document.querySelector("compare-view");
const numbers = (name) => live.getAttribute(name).split(",").filter(Boolean).map(Number);
const runs = new Set(numbers("runs"));
const active = new Set(numbers("active"));

// One cursor for heatmaps and curves. Across time or images the pointer's x is everybody's: the
// heatmaps show the epoch of the curve that is pointed at.
let pointed = null;
const place = (epoch, preview) => {
  for (const chart of view.curves) chart.setCursor(epoch, preview, pointed);
};
player.addEventListener("epochchange", ({ detail }) => place(detail.epoch, detail.preview));
view.addEventListener("epochhover", ({ detail }) => {
  pointed = detail.x;
  if (detail.epoch !== null) place(detail.epoch, true);
  player.preview(detail.epoch);
});
view.addEventListener("epochpick", ({ detail }) => player.pin(detail.epoch));
view.addEventListener("chartschanged", () => place(player.epoch, false));
place(player.epoch, false);

const renewResults = renewing(async () => {
  const fresh = await fragment(url(`/fragments/compare${location.search}`));
  if (fresh) patch(live.querySelector('[data-part="results"]'), fresh.childNodes);
}, 1000);
live.addEventListener("change", ({ target }) => {
  if (target.form !== view.form) return;
  view.write(target.name, target.value);
  renewResults();
});

async function learnClasses(run, classes) {
  if (!classes || player.runs.find((item) => item.id === run)?.classes.length !== 0) return;
  player.setRun(run, { classes, matrices: await request("GET", url(`/api/runs/${run}/matrices`)) });
}

if (active.size) {
  const stream = new LiveStream(url("/api/events"), Number(live.getAttribute("cursor")), {
    state(event) {
      document.dispatchEvent(new CustomEvent("runschanged"));
      if (!runs.has(event.run_id)) return;
      learnClasses(event.run_id, event.classes).catch(() => {});
      renewResults();
      if (isFinal(event.state)) active.delete(event.run_id);
      if (active.size === 0) stream.stop();
    },
    progress(event) {
      const note = live.querySelector(`[data-live="note"][data-run="${event.run_id}"]`);
      if (note) note.textContent = progressNote(event);
      if (runs.has(event.run_id) && view.querySelector("metric-chart[plain]")) view.renewLater();
    },
    epoch(event) {
      if (!runs.has(event.run_id)) return;
      view.addEpoch(event.run_id, event.epoch, event.metrics);
      if (player.runs.some((run) => run.id === event.run_id)) player.addEpoch(event.run_id, event.epoch, event.matrices);
    },
    shown() {
      player.showNewest();
      renewResults();
    },
  });
}
