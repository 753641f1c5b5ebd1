// What a user can do with runs, from any page: buttons with data-action and data-run (one number or
// several, comma-separated), and forms with data-action whose one field is what the action needs
// (priority, devices, tag).
//
// Events on document: `runasked` {action, runs} at once, so that pages answer before the server
// does; `runaction` {action, run, done} for each run when it has answered, whatever it answered.
import { request } from "./api.js";
import { toast, withdrawUndo } from "./toast-stack.js";
import { outcome } from "../pure/outcome.js";
import { doneWord } from "./run-words.js";
import { url } from "./url.js";

const MOST = 500; // runs in one question
const UNDO = { delete: "restore", archive: "unarchive", unarchive: "archive", pin: "unpin", unpin: "pin" };

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button && button.type !== "submit") act(button.dataset.action, numbers(button.dataset.run));
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-action]");
  if (!form) return;
  event.preventDefault();
  const field = form.querySelector("input");
  if (!form.reportValidity()) return;
  const value = field.type === "number" ? Number(field.value) : field.value.trim();
  act(form.dataset.action, numbers(form.dataset.run), { [field.name]: value });
  form.dispatchEvent(new CustomEvent("sent", { bubbles: true }));
});

const numbers = (text) => text.split(",").filter(Boolean).map(Number);

export async function act(action, runs, values = {}) {
  if (!runs.length) return;
  withdrawUndo(runs);
  tellPages("runasked", { action, runs });
  showPins(action, runs);
  const results = [];
  let fault = null;
  for (let from = 0; from < runs.length && !fault; from += MOST) {
    const ids = runs.slice(from, from + MOST);
    await request("POST", url("/api/runs/actions"), { action, ids, ...values })
      .then((answer) => results.push(...answer.results))
      .catch((error) => (fault = error));
  }
  if (results.length) tellUser(action, results, values);
  if (fault) toast(fault.message, { error: true });
  const done = new Set(results.filter((result) => result.run).map((result) => result.id));
  showPins(UNDO[action], runs.filter((run) => !done.has(run)));
  for (const run of runs) tellPages("runaction", { action, run, done: done.has(run) });
}

// The pins that the page shows, at once; and back where the server did not do it.
function showPins(action, runs) {
  if (action !== "pin" && action !== "unpin") return;
  for (const run of runs) {
    const pin = document.querySelector(`.pin[data-run="${run}"]`);
    pin?.setAttribute("aria-pressed", String(action === "pin"));
  }
}

function tellPages(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

function tellUser(action, results, values) {
  const done = results.filter((result) => result.run);
  const words = outcome(doneWord(action), results);
  if (!done.length) toast(words, { error: true });
  else if (action === "clone" && done.length === 1) toast(words, { action: "Open", href: url(`/runs/${done[0].run.id}`) });
  else toast(words, { ...undoing(action, done, values), runs: numbersOf(done) });
}

// Undo where it brings back what was. A cancelled run that had not started loses nothing by a retry.
function undoing(action, done, values) {
  const ids = numbersOf(done);
  if (action === "tag") return { action: "Undo", onAction: () => act("untag", ids, values) };
  if (UNDO[action]) return { action: "Undo", onAction: () => act(UNDO[action], ids), patient: action === "delete" };
  const ended = done.filter((result) => result.run.state === "cancelled");
  return action === "cancel" && ended.length ? { action: "Undo", onAction: () => uncancel(ended) } : {};
}

// Queues again what a cancel has ended, and pauses what was paused. runs: [{id, was}]
export async function uncancel(runs) {
  await act("retry", numbersOf(runs));
  await act("pause", numbersOf(runs.filter(({ was }) => was === "paused")));
}

export const numbersOf = (results) => results.map((result) => result.id);
