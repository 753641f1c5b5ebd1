// The run page: wires head, player, curves, pairs, class detail and log to each other and to the
// run's events.
import "./elements/matrix-view.js";
import "./elements/soft-label-player.js";
import "./elements/metric-chart.js";
import "./elements/pairs-list.js";
import "./elements/class-detail.js";
import "./elements/run-attempts.js";
import "./elements/run-head.js";
import "./elements/run-log.js";
import { request } from "./api.js";
import { shareCursor } from "./cursor.js";
import { LiveStream } from "./live.js";

const find = (name) => document.querySelector(name);
const head = find("run-head");
const player = find("soft-label-player");
const view = find("matrix-view");
const charts = [...document.querySelectorAll("metric-chart")];
const pairs = find("pairs-list");
const detail = find("class-detail");
const log = find("run-log");
const attempts = find("run-attempts");
const run = Number(head.getAttribute("run"));
const classes = () => player.runs[0].classes;

shareCursor(player, charts);
player.addEventListener("frameshown", ({ detail: shown }) => {
  pairs.show(shown.frame, classes(), shown.epoch);
  detail.showFrame(shown);
});
for (const source of [view, pairs]) {
  source.addEventListener("classpick", ({ detail: { row } }) => detail.choose(row));
}
detail.addEventListener("classchange", ({ detail: { row } }) => view.mark(row));
detail.addEventListener("epochpick", ({ detail: { epoch } }) => player.pin(epoch));
detail.setClasses(classes());

// The classes and S0 are known once the data is loaded, and an attempt that goes on from a
// checkpoint forgets what came after it: a running run's state event may mean either.
async function learnMatrices(names) {
  const matrices = await request("GET", `/api/runs/${run}/matrices`);
  player.setRun(run, { classes: names, matrices });
  if (names) detail.setClasses(names);
}

const stream = new LiveStream(`/api/runs/${run}/events`, Number(head.getAttribute("cursor")), {
  state(event) {
    if (event.deleted) head.showDeleted();
    else head.renew();
    if (event.state === "running") learnMatrices(event.classes).catch(() => {});
    attempts.renew();
    log.poke();
    document.dispatchEvent(new CustomEvent("runschanged"));
  },
  progress(event) {
    head.showProgress(event);
    log.poke();
  },
  epoch(event) {
    for (const chart of charts) chart.extend(run, event.epoch, event.metrics);
    player.addEpoch(run, event.epoch, event.matrices);
    detail.renew();
    head.renew();
    log.poke();
  },
  end() {
    head.renew();
    setTimeout(() => log.poke(), 1200);
  },
});

document.addEventListener("runaction", ({ detail: done }) => {
  if (done.run !== run) return;
  if (done.action === "delete" && done.done) head.showDeleted();
  else head.renew();
  if (stream.over && done.done && ["retry", "resume", "restore"].includes(done.action)) stream.resume();
});
