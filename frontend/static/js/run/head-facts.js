// The numbers of the run's head, written anew from an epoch's event: asking the server for the head at
// every epoch would cost a second drawing of the page. What each needs is in its data-live-fact
// (backend/pages/run/facts.py).
import { write } from "../core/patch.js";
import { written } from "../pure/format.js";

// metrics: of this epoch, by name.
export function showFacts(head, { epoch, metrics }) {
  for (const part of head.querySelectorAll("[data-live-fact]")) {
    const fact = JSON.parse(part.dataset.liveFact);
    const value = metrics[fact.metric];
    if (value === undefined) continue;
    const best = isBetter(value, fact) ? value : fact.best;
    const improved = best !== fact.best;
    if (improved) part.dataset.liveFact = JSON.stringify({ ...fact, best });
    const [number, note] = part.children;
    if (fact.which === "last") write(number, written(value, fact.form));
    if (!improved) continue;
    if (fact.which === "best") write(number, written(best, fact.form));
    write(note, noteOf(fact, epoch, best));
  }
}

function isBetter(value, { better, best }) {
  if (!Number.isFinite(value) || better === "none") return false;
  return best === null || (better === "max" ? value > best : value < best);
}

// `epoch 12, picked on test` of a best one; a loop's own metric has its best one as note.
function noteOf({ which, caveat, form }, epoch, best) {
  if (caveat === undefined) return `best ${written(best, form)}`;
  return which === "best" ? caveat.replace("epoch", `epoch ${epoch},`) : caveat;
}
