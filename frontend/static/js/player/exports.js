// A player's view as files: a PNG, a WebM film of all epochs (the browser's own MediaRecorder), CSV.
import { groupName } from "../pure/arrange.js";
import { valueAt } from "../heatmap/words.js";

const HEAD = 30; // CSS pixels above the matrices for the title
const BITS = 6_000_000; // a second; flat colours need few

// All views side by side under a title, on a canvas of whole, even sides, as encoders want them.
export function picture(player, canvas = document.createElement("canvas")) {
  const ratio = window.devicePixelRatio || 1;
  const { views } = player;
  const even = (length) => 2 * Math.ceil(length / 2);
  const [width, height] = [
    even(views.reduce((sum, view) => sum + view.canvas.width, 0)),
    even(Math.max(...views.map((view) => view.canvas.height)) + HEAD * ratio),
  ];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const { color, backgroundColor, fontFamily } = getComputedStyle(views[0]);
  context.fillStyle = backgroundColor;
  context.fillRect(0, 0, width, height);
  let left = 0;
  views.forEach((view, index) => {
    context.drawImage(view.canvas, left, HEAD * ratio);
    context.fillStyle = color;
    context.font = `${13 * ratio}px ${fontFamily}`;
    context.textBaseline = "middle";
    context.fillText(titleOf(player, index), left + 12 * ratio, (HEAD / 2 + 2) * ratio, view.canvas.width - 16 * ratio);
    left += view.canvas.width;
  });
  return canvas;
}

export function titleOf(player, index) {
  const run = player.runs[index];
  const { shown } = player.views[index];
  const less = shown?.base ? ` minus ${shown.note}` : "";
  return `${run.name} #${run.id} · ${player.kinds[player.state.kind]} · epoch ${shown?.epoch ?? ""}${less}`;
}

export const fileName = (player, ending) => {
  const runs = player.runs.map((run) => run.id).join("-");
  return `run-${runs}-${player.state.kind}-epoch-${player.epoch}.${ending}`;
};

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export async function png(player) {
  const canvas = picture(player);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

// Each epoch in turn for `wait` ms. `go(epoch)` shows it; `told(done, all)`; stops when
// `signal.aborted`. The film's time is the clock's, so it takes as long as it lasts.
export async function film(player, epochs, { wait, go, told, signal }) {
  const canvas = picture(player);
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks();
  const mimeType = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"].find((type) =>
    MediaRecorder.isTypeSupported(type),
  );
  const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: BITS });
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
  recorder.start();
  for (let at = 0; at < epochs.length && !signal.aborted; at++) {
    await go(epochs[at]);
    picture(player, canvas);
    track.requestFrame();
    told(at + 1, epochs.length);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  recorder.stop();
  await ended;
  track.stop();
  return new Blob(parts, { type: "video/webm" });
}

// The first view's matrix as it stands: its order, its groups, its difference; whatever the zoom.
export function csv(player) {
  const view = player.views[0];
  const { frame, base, classes } = view.shown;
  const { members } = view.arrangement;
  const names = members.map((group) => quoted(groupName(group, classes)));
  const value = (rows, columns) => valueAt(frame, rows, columns) - (base ? valueAt(base, rows, columns) : 0);
  const lines = members.map((rows, at) => {
    const numbers = members.map((columns) => Number(value(rows, columns).toPrecision(6)));
    return [names[at], ...numbers].join(",");
  });
  return new Blob([[quoted(""), ...names].join(","), "\n", lines.join("\n"), "\n"], { type: "text/csv" });
}

const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
