// What a user can do with a run, from any page: buttons with data-action, data-run, data-name.
// CustomEvent `runaction` {action, run} on document when one is done.
import { request } from "./api.js";
import { toast } from "./elements/toast-stack.js";

const DONE = { pause: "Pausing", resume: "Resumed", retry: "Queued again", restore: "Restored" };

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button) act(button.dataset.action, button.dataset.run, button.dataset.name, button);
});

export async function act(action, run, name, button) {
  button?.setAttribute("aria-busy", "true");
  if (button) button.disabled = true;
  try {
    const removing = action === "delete";
    const answer = await request(removing ? "DELETE" : "POST", `/api/runs/${run}${removing ? "" : `/${action}`}`);
    tell(action, run, name, answer);
    document.dispatchEvent(new CustomEvent("runaction", { detail: { action, run: Number(run) } }));
  } catch (error) {
    toast(error.message, { error: true });
  } finally {
    button?.removeAttribute("aria-busy");
    if (button) button.disabled = false;
  }
}

function tell(action, run, name, answer) {
  if (action === "delete") {
    toast(`Deleted ${name} #${run}.`, { action: "Undo", onAction: () => act("restore", run, name) });
  } else if (action === "clone") {
    toast(`Queued ${answer.name} #${answer.id}.`, { action: "Open", href: `/runs/${answer.id}` });
  } else if (action === "cancel" && answer.state === "cancelled") {
    toast(`Cancelled ${name} #${run}.`, { action: "Undo", onAction: () => act("retry", run, name) });
  } else if (action === "cancel") {
    toast(`Cancelling ${name} #${run}; what it has learned stays.`);
  } else {
    toast(`${DONE[action]}: ${name} #${run}.`);
  }
}
