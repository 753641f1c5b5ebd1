// The run page: wires head, player, curves, pairs, class detail and log to each other and to the
// run's events.
import "../heatmap/matrix-view.js";
import "../player/soft-label-player.js";
import "../charts/metric-chart.js";
import "../charts/plotly-chart.js";
import "../run/pairs-list.js";
import "../run/class-detail.js";
import "../run/class-inspector.js";
import "../run/run-history.js";
import "../run/matrix-table.js";
import "../core/notes-box.js";
import "../run/page-nav.js";
import "../run/pairs-table.js";
import "../run/quality-panel.js";
import "../run/reliability-panel.js";
import "../run/run-head.js";
import { showFacts } from "../run/head-facts.js";
import "../run/run-log.js";
import "../run/run-verdict.js";
import { request } from "../core/api.js";
import { bundle, release, withhold } from "../core/bundle.js";
import { LaterParts } from "../run/later-parts.js";
import { shareCursor } from "../charts/share-cursor.js";
import { LiveStream } from "../core/live.js";
import { isFinal } from "../core/run-words.js";
import { url } from "../core/url.js";

const LAST_LINES = 1200; // ms after which a run that has ended has written all of its log

const find = (name) => document.querySelector(name);
const head = find("run-head");
const player = find("soft-label-player");
const view = find("matrix-view");
const charts = [...document.querySelectorAll(".side metric-chart")];
const pairs = find("pairs-list");
const inspector = find("class-inspector");
const main = find("main");
const panel = { // a loop's first matrix brings these
  get detail() {
    return find("class-detail");
  },
  get table() {
    return find("pairs-table");
  },
};
const whole = find("matrix-table");
const quality = find("quality-panel");
const reliability = find("reliability-panel");
const nav = find("page-nav");
const log = find("run-log");
const histories = document.querySelectorAll("run-history");
const notes = find("notes-box");
const verdict = find("run-verdict");
const checkpoint = find('[data-live="checkpoint"]');
const forkHere = find('[data-live="fork"]');
const run = Number(head.getAttribute("run"));
const classes = () => player.runs[0].classes;
const logged = player.runs[0].source === "logged";

// A logged run has no trainer, and so no log, attempts and measures of one: those parts are absent.

shareCursor(player, main);
player.addEventListener("epochchange", ({ detail: { epoch, preview } }) => {
  if (!preview) showEpoch(epoch); // a glance at the heatmap; what stands below stays with the cursor
});
player.addEventListener("frameshown", ({ detail: shown }) => {
  pairs.show(shown.frame, classes(), shown.epoch);
  for (const part of [panel.detail, inspector]) part?.showFrame(shown);
});
for (const source of [view, pairs]) {
  source.addEventListener("classpick", ({ detail: { row } }) => inspect(row));
}
view.addEventListener("cellpick", ({ detail: cell }) => inspect(cell.row, cell.column));
view.addEventListener("classhover", ({ detail: { row } }) => inspector?.preview(row));
main.addEventListener("cellwanted", ({ detail: cell }) => {
  inspect(cell.row, cell.column);
  player.dispatchEvent(new CustomEvent("showcell", { detail: cell }));
  player.scrollIntoView({ block: "start" });
  view.querySelector("canvas").focus({ preventScroll: true });
});
main.addEventListener("classchange", ({ detail: { row, column } }) => {
  view.mark(row);
  inspector?.follow(row, column);
});
main.addEventListener("epochpick", ({ detail: { epoch } }) => player.pin(epoch));
nav.replaces(player.querySelector(".player-controls"));
showEpoch(player.epoch);
chooseClass();
if (view.shown) player.refresh(); // run-first.js was quicker: what stands below hears of it now

// A class was clicked: the curves make room for it.
function inspect(row, column = null) {
  panel.detail?.choose(row, column);
  inspector?.open(row, column);
}

// The first class to look at is that of the strongest pair.
function chooseClass() {
  panel.detail?.setClasses(classes(), Number(pairs.querySelector("[data-class]")?.dataset.class ?? 0));
  inspector?.setClasses(classes(), panel.detail.row);
}

// The cursor of the page stands at an epoch. The parts below hear of it before its frame has come,
// so that they ask together with it.
function showEpoch(epoch) {
  nav.show(epoch, player.epochs);
  if (epoch >= 1) showFork(epoch);
  quality?.showEpoch(epoch);
  reliability?.showEpoch(epoch);
  const matrix = epoch === null ? null : player.matrixAt(epoch);
  if (matrix) for (const part of [panel.detail, inspector, panel.table, whole]) part?.showEpoch(matrix, classes());
}

// The epochs that a fork shares with its parent are forked there.
function showFork(epoch) {
  if (!forkHere) return;
  const { parent, shared } = forkHere.dataset;
  const whose = parent && epoch <= Number(shared) ? parent : run;
  forkHere.href = url(`/runs/${whose}/fork?epoch=${epoch}`);
  forkHere.textContent = `Fork ${whose === run ? "" : `run ${whose} `}at epoch ${epoch}`;
  forkHere.hidden = false;
}

// The classes and S0 are known once the data is loaded, and an attempt that resumes from a
// checkpoint forgets what came after it: a running run's state event may mean either.
async function learnMatrices(names) {
  const matrices = await request("GET", url(`/api/runs/${run}/matrices`));
  player.setRun(run, { classes: names, matrices });
  if (!names) return;
  panel.detail?.setClasses(names);
  inspector?.setClasses(names, panel.detail.row);
}

// Deleted, here or elsewhere: the server would answer 404 for it until it is restored.
function showDeleted() {
  withhold(run);
  head.showDeleted();
}

const later = new LaterParts(run, () => {
  chooseClass();
  showEpoch(player.epoch);
});

new LiveStream(url("/api/events"), Number(head.getAttribute("cursor")), {
  state(event) {
    document.dispatchEvent(new CustomEvent("runschanged"));
    if (event.deleted) {
      showDeleted();
      return;
    }
    release(); // it may have been deleted
    head.renew();
    if (isFinal(event.state)) setTimeout(() => log?.poke(), LAST_LINES);
    if (event.state === "running") learnMatrices(event.classes).catch(() => {});
    for (const history of histories) history.renew();
    verdict.renew();
    notes.renew();
    log?.poke();
  },
  progress(event) {
    head.showProgress(event);
    if (logged && event.step) later.renewCharts();
    log?.poke();
  },
  epoch(event) {
    showFacts(head, event); // of each: the best one may not be the last
    for (const chart of charts) chart.extend(run, event.epoch, event.metrics);
    quality?.extend(event.epoch, event.metrics);
    player.addEpoch(run, event.epoch, event.matrices);
    checkpoint?.removeAttribute("hidden");
    if (logged) later.epoch(event);
  },
  shown(event) {
    bundle(); // what the parts of the page ask for these epochs goes as one request
    head.showProgress(event);
    player.showNewest();
    quality?.show();
    verdict.showEpoch();
    for (const part of [panel.detail, inspector, reliability]) part?.renew();
    log?.poke();
  },
}, run);

document.addEventListener("runaction", ({ detail: done }) => {
  if (done.run !== run) return;
  if (done.action === "delete" && done.done) return showDeleted();
  if (done.action === "restore" && done.done) release();
  head.renew();
});
