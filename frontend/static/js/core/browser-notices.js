// Notifications of the browser: a run has finished or failed. Off until somebody switches them on
// (<browser-notices> on /notifications). Of all pages of this browser the one that holds the lock
// listens, hidden or not, and shows them; when it goes, the next one gets the lock and continues
// from the last event that was seen. While it holds a lock, a browser does not freeze a hidden page.
import { request } from "./api.js";
import { LiveStream } from "./live.js";
import { isFinal } from "./run-words.js";
import { url } from "./url.js";

const KEY = "ols-notices"; // {cursor, at}: on; the last event that was seen, and when a page left it
const FRESH = 60_000; // ms until what happened meanwhile is no news any more
const RETRY = 10_000; // ms
const GATHERED = 300; // ms in which runs end that one notification tells of
const TAG = "ols-runs"; // one notification, renewed, however many runs end

export const possible = () => "Notification" in window && "locks" in navigator;

export const isOn = () => possible() && stored() !== null;

// Asks for permission, which takes a click; whether it was given.
export async function switchOn() {
  if ((await Notification.requestPermission()) !== "granted") return false;
  keep({ cursor: null, at: 0 });
  listen();
  return true;
}

// Whether the user has forbidden it since, in the browser's own settings.
export const isBlocked = async () => (await navigator.permissions.query({ name: "notifications" })).state === "denied";

export function switchOff() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

let waiting = false;

function listen() {
  if (waiting || !isOn()) return;
  waiting = true;
  navigator.locks.request(KEY, async () => {
    await follow();
    await new Promise(() => {}); // until the page goes
  });
}

async function follow() {
  const { cursor, at } = stored() ?? {};
  let from = Date.now() - at < FRESH ? cursor : null;
  while (from === null) from = await newest();
  const ended = new Ended();
  const stream = new LiveStream(url("/api/events"), from, { state: (event) => isOn() && ended.add(event) }, null, { background: true });
  window.addEventListener("pagehide", () => isOn() && keep({ cursor: stream.cursor, at: Date.now() }));
}

// The event that is the last one now; null, after a while, when the server can't be reached.
async function newest() {
  try {
    return (await request("GET", url("/api/notifications"))).last_event;
  } catch {
    return new Promise((resolve) => setTimeout(resolve, RETRY, null));
  }
}

// What has ended since somebody last looked at the page.
class Ended {
  #finished = 0;
  #failed = 0;
  #last = null; // event that is not told of yet

  constructor() {
    document.addEventListener("visibilitychange", () => document.hidden || this.#forget());
  }

  #forget() {
    this.#finished = this.#failed = 0;
  }

  add(event) {
    if (!event.moved || !isFinal(event.state) || event.state === "cancelled") return; // by a user
    if (event.error) this.#failed += 1;
    else this.#finished += 1;
    if (!this.#last) setTimeout(() => this.#tell(), GATHERED);
    this.#last = event;
  }

  async #tell() {
    const { run_id: run, state, error } = this.#last;
    this.#last = null;
    const verb = error?.code === "diverged" ? "diverged" : state;
    const said = `${await nameOf(run)} ${verb}`;
    const several = this.#finished + this.#failed > 1;
    const title = several ? this.#counts() : said;
    const body = [several && said, error?.message].filter(Boolean).join("\n");
    const shown = new Notification(title, { body, tag: TAG, renotify: Boolean(error), icon: url("/favicon.ico") });
    shown.onclick = () => {
      this.#forget();
      shown.close();
      window.open(url(several ? "/" : `/runs/${run}`), "_blank", "noopener");
    };
  }

  #counts() {
    const runs = (count, verb) => count && `${count} ${count === 1 ? "run" : "runs"} ${verb}`;
    return [runs(this.#finished, "finished"), runs(this.#failed, "failed")].filter(Boolean).join(", ");
  }
}

async function nameOf(run) {
  try {
    return `“${(await request("GET", url(`/api/runs/${run}`))).name}” #${run}`;
  } catch {
    return `Run ${run}`;
  }
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function keep(state) {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // Without storage it can't be on.
  }
}

listen();
