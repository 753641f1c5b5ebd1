"""What the run page's head says of results: in short, and what was measured once at the end."""

from __future__ import annotations

from dataclasses import dataclass

from backend.analysis.targets import short_title, summary_value, targets, which_of
from backend.schemas.runs import RunDetail
from ols.spec.metrics import in_order, metric, shown

MOST_OWN = 3  # metrics of a loop


@dataclass(frozen=True)
class Fact:
    """One number, as the page writes it."""

    title: str
    value: str
    help: str
    note: str = ""


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


def _own(run: RunDetail, name: str) -> Fact:
    """The last and the best value of a metric that a loop logged."""
    measured, entry = metric(name), run["summary"][name]
    best = f"best {measured.text(entry['best'])}" if entry["best"] is not None else ""
    return Fact(measured.short, measured.text(entry["last"]), name, best)


def _brief(run: RunDetail, target: str) -> Fact:
    name, which = which_of(target)
    measured, summary = metric(name), run["summary"].get(name)
    epoch = summary["best_epoch"] if summary and which == "best" else None
    value = measured.text(summary_value(run, name, which))
    caveat = measured.caveat(which, run["eval_on"])
    note = caveat.replace("epoch", f"epoch {epoch},", 1) if epoch else ""
    return Fact(short_title(target), value, measured.help, note)
