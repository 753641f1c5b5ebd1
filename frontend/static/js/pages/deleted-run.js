// The page of a run that was deleted: once it is restored, here or by anybody, it is that run's own.
import "../core/app.js";

document.addEventListener("runaction", ({ detail: { action, done } }) => {
  if (action === "restore" && done) location.reload();
});
