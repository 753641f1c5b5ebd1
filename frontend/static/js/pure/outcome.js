// What an action did with several runs, in words: "3 of 5 cancelled; #4 has ended already." No DOM.

const FINAL = ["finished", "failed", "cancelled"];

// What has been done once an action is accepted; a running run takes a moment to be cancelled.
export const DONE = {
  cancel: "cancelled",
  pause: "paused",
  resume: "resumed",
  retry: "queued again",
  clone: "cloned",
  delete: "deleted",
  restore: "restored",
  archive: "archived",
  unarchive: "back from the archive",
  pin: "pinned",
  rename: "renamed",
  unpin: "unpinned",
  priority: "given the priority",
  devices: "given the devices",
  tag: "tagged",
  untag: "untagged",
};
const AT_WORK = {
  cancel: ["Cancelling", "what it has learned stays"],
  pause: ["Pausing", "it goes on from its last checkpoint when resumed"],
};

// results: [{id, run: {id, name, state}} or {id, error: {code, message, state}}], as the API answers.
export function outcome(action, results) {
  const done = results.filter((result) => result.run);
  const refused = reasons(action, results.filter((result) => result.error));
  if (results.length === 1) return done.length ? ofOne(action, done[0]) : `${capital(refused)}.`;
  const share = done.length === results.length ? `${done.length} runs` : `${done.length || "None"} of ${results.length}`;
  const words = `${share} ${DONE[action]}`;
  return refused ? `${words}; ${refused}.` : `${words}.`;
}

function ofOne(action, { id, run }) {
  if (action === "rename") return `Run #${id} is called ${run.name} now.`;
  if (action === "clone") return `Queued ${run.name} #${run.id}.`;
  if (AT_WORK[action] && run.state === "running") return `${AT_WORK[action][0]} ${run.name} #${id}; ${AT_WORK[action][1]}.`;
  return `${run.name} #${id} ${DONE[action]}.`;
}

// "#4 and #7 have ended already; #9 is running: cancel it first"
function reasons(action, failed) {
  const byReason = new Map();
  for (const { id, error } of failed) {
    const reason = why(action, error);
    byReason.set(reason[0], { reason, ids: [...(byReason.get(reason[0])?.ids ?? []), id] });
  }
  return [...byReason.values()].map(({ reason, ids }) => `${list(ids)} ${ids.length === 1 ? reason[0] : reason[1]}`).join("; ");
}

// [of one run, of several]
function why(action, { code, message, state }) {
  if (code === "not_found") return ["is gone", "are gone"];
  const ended = FINAL.includes(state);
  if (ended && (action === "cancel" || action === "pause")) return ["has ended already", "have ended already"];
  if (action === "pause" && state === "paused") return ["is paused already", "are paused already"];
  if (action === "resume") return [`is ${state}, not paused`, `are ${state}, not paused`];
  if (action === "retry" && state === "finished") return ["has finished: clone it instead", "have finished: clone them instead"];
  if (action === "retry") return ["has not ended yet", "have not ended yet"];
  if (action === "delete") return ["is running: cancel it first", "are running: cancel them first"];
  if (action === "devices" && state === "running") return ["is running: pause it first", "are running: pause them first"];
  if (action === "restore" && code === "conflict") return ["was not deleted", "were not deleted"];
  const words = message.replace(/\.$/, "").replace(/^Run \d+ /, "");
  return [words, words];
}

const MOST = 6; // numbers in a sentence

function list(ids) {
  const named = ids.slice(0, MOST).map((id) => `#${id}`);
  const rest = ids.length - named.length;
  if (rest) return `${named.join(", ")} and ${rest} more`;
  return named.length === 1 ? named[0] : `${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// How a run looks as soon as it is asked for, before the server has answered: {state, note} or null.
export function expected(action, state) {
  const running = state === "running";
  switch (action) {
    case "cancel":
      return running ? { state, note: "cancelling …" } : { state: "cancelled", note: "" };
    case "pause":
      return running ? { state, note: "pausing …" } : { state: "paused", note: "" };
    case "resume":
      return running ? { state, note: "goes on" } : { state: "queued", note: "" };
    case "retry":
      return { state: "queued", note: "" };
    case "delete":
      return { state: "deleted", note: "" };
    default:
      return null;
  }
}
