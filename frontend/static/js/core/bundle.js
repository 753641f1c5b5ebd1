// Several questions as one request. While a bundle is open, what is asked of a run's page is held
// back; then all of it goes together (backend/server/bundles.py), and each gets its own answer.
import { url } from "./url.js";

const WINDOW = 150; // ms for which a bundle is open: the parts of a page ask one after the other
const PART = /\/(api|fragments)\/runs\/\d+\//;

let held = null; // [{path, headers, resolve, reject}] while a bundle is open

// Opens a bundle, unless one is open already.
export function bundle() {
  if (held) return;
  held = [];
  setTimeout(() => {
    const questions = held;
    held = null;
    send(questions);
  }, WINDOW);
}

export const isBundling = () => held !== null;

// Of a run that is deleted there is nothing to be had: what is asked of it waits until it is back.
let withheld = null; // {part, back, free}

export function withhold(run) {
  if (withheld) return;
  let free;
  const back = new Promise((resolve) => (free = resolve));
  withheld = { part: new RegExp(`/(api|fragments)/runs/${run}(/|$|\\?)`), back, free };
}

export function release() {
  withheld?.free();
  withheld = null;
}

// Like fetch, by GET.
export async function ask(path, headers = {}) {
  while (withheld?.part.test(path)) await withheld.back;
  if (!held || !PART.test(path)) return fetch(path, { headers });
  return new Promise((resolve, reject) => held.push({ path, headers, resolve, reject }));
}

async function send(questions) {
  let answers = [];
  if (questions.length > 1) answers = await together(questions.map(({ path }) => path)).catch(() => []);
  questions.forEach(({ path, headers, resolve, reject }, index) => {
    if (answers[index]) resolve(answers[index]);
    else fetch(path, { headers }).then(resolve, reject); // alone, or the bundle was refused
  });
}

async function together(paths) {
  const body = JSON.stringify({ paths });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(url("/fragments/bundle"), { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const bytes = await answer.arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);
  const parts = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  let start = 4 + length;
  return parts.map((part) => {
    const own = new Uint8Array(bytes, start, part.bytes);
    start += part.bytes;
    const zipped = part.headers["content-encoding"] === "gzip";
    const plain = zipped ? new Blob([own]).stream().pipeThrough(new DecompressionStream("gzip")) : own;
    return new Response(part.bytes ? plain : null, { status: part.status, headers: part.headers });
  });
}
