"""What the run page's head says of results: in short, and what was measured once at the end."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from backend.analysis.formats import plural
from backend.analysis.targets import short_title, summary_value, targets, which_of
from backend.core.run_states import CUT_SHORT
from backend.schemas.runs import RunDetail
from ols.spec.metrics import in_order, metric, shown

MOST_OWN = 3  # metrics of a loop


@dataclass(frozen=True)
class Fact:
    """One number, as the page writes it.

    `live`: what the page needs to write it anew from an epoch's event (js/run/head-facts.js);
    None where no epoch changes it.
    """

    title: str
    value: str
    help: str
    note: str = ""
    live: dict[str, Any] | None = None


def brief(run: RunDetail) -> list[Fact]:
    """The best and the last accuracy, and calibration beside it; dashes before the first epoch. Of
    a run that measured none of these, the first of its own metrics."""
    usual = targets("brief")
    if run["spec"] is None and not any(which_of(each)[0] in run["summary"] for each in usual):
        return [_own(run, name) for name in in_order(run["summary"])[:MOST_OWN]]
    return [_brief(run, target) for target in targets("brief")]


def final_test(run: RunDetail) -> list[Fact]:
    """On the test set; empty before the end, and where a run measures nothing then."""
    summary = run["summary"]
    return [
        Fact(
            each.short.removeprefix("test "),
            each.text(summary[each.name]["last"]),
            each.heading,
            each.caveat(eval_on=run["eval_on"]),
        )
        for each in shown("final")
        if each.name in summary and summary[each.name]["last"] is not None
    ]


def kept(run: RunDetail) -> str:
    """What there is of a run that ended before its last epoch; nothing of any other."""
    if run["state"] not in CUT_SHORT or run["spec"] is None:
        return ""
    epoch, epochs = run["progress"]["epoch"], run["progress"]["epochs"]
    if epoch:
        ended = plural(epoch, "epoch") if epoch > 1 else "one epoch"
        return (
            f"It has {ended} of {epochs}: curves, matrices and the log up to there, and a "
            f"checkpoint from which a retry resumes."
        )
    if run["classes"]:
        return (
            "It ended before its first epoch: there are its configuration, its log and the "
            "soft labels that it began with. A retry begins anew."
        )
    if run["started_at"]:
        return "It ended before its data was loaded: there are its configuration and its log."
    return "No worker had started it: there is only its configuration. A retry queues it again."


def _own(run: RunDetail, name: str) -> Fact:
    """The last and the best value of a metric that a loop logged."""
    measured, entry = metric(name), run["summary"][name]
    best = f"best {measured.text(entry['best'])}" if entry["best"] is not None else ""
    live = _live(name, "last", entry["best"])
    return Fact(measured.short, measured.text(entry["last"]), name, best, live)


def _brief(run: RunDetail, target: str) -> Fact:
    name, which = which_of(target)
    measured, summary = metric(name), run["summary"].get(name)
    epoch = summary["best_epoch"] if summary and which == "best" else None
    value = measured.text(summary_value(run, name, which))
    caveat = measured.caveat(which, run["eval_on"])
    note = caveat.replace("epoch", f"epoch {epoch},", 1) if epoch else ""
    live = _live(name, which, summary["best"] if summary else None)
    return Fact(short_title(target), value, measured.help, note, live | {"caveat": caveat})


def _live(name: str, which: str, best: float | None) -> dict[str, Any]:
    measured = metric(name)
    return {
        "metric": name,
        "which": which,
        "better": measured.better,
        "best": best,
        "form": asdict(measured.form),
    }
