"""Targets: what a column, an axis or a filter can name. That is a field of the spec
(`spec.method.alpha`), or the last or the best of a metric (`val_ece.last`)."""

from __future__ import annotations

from typing import Literal

from backend.schemas.runs import Summarised
from backend.store.conditions import OWNER, Condition, is_field, path_of
from ols.spec.fields import fields_by_path
from ols.spec.metric import MARK, Place
from ols.spec.metrics import ACCURACY, metric, shown


def title_of_target(target: str) -> str:
    """`val_top1.last` -> `Last val top-1`; `spec.method.alpha` -> `Method: Balance α`.

    A mark stands behind what was picked or fitted on the split that it is measured on.
    """
    if target == OWNER:
        return "Owner"
    if is_field(target):
        field = fields_by_path().get(path_of(target))
        return field.title if field else path_of(target)
    name, _, which = target.rpartition(".")
    return f"{which.capitalize()} {metric(name).short}{_mark(target)}"


_SIGNS = {">=": "≥", "<=": "≤", "!=": "≠", "~": "contains"}


def condition_words(condition: Condition) -> str:
    """`spec.epochs>=10` -> `Epochs ≥ 10`"""
    sign = _SIGNS.get(condition.compare, condition.compare)
    return f"{title_of_target(condition.target)} {sign} {condition.value}"


def summary_value(run: Summarised, name: str, which: Literal["last", "best"]) -> float | None:
    """A metric's last or best value in this run; None where it has none."""
    summary = run["summary"].get(name)
    return summary[which] if summary else None


def which_of(target: str) -> tuple[str, Literal["last", "best"]]:
    """`val_ece.last` -> (`val_ece`, `last`)"""
    name, _, which = target.rpartition(".")
    return name, "best" if which == "best" else "last"


def targets(place: Place) -> tuple[str, ...]:
    """What is shown there of a run: the last value of each metric, of the accuracy the best too."""
    names: list[str] = []
    for each in shown(place):
        names += [f"{each.name}.best"] if each.name == ACCURACY else []
        names.append(f"{each.name}.last")
    return tuple(names)


def short_title(target: str) -> str:
    """`best val top-1`, `last val top-1`; of another metric the last one is meant: `val ECE`."""
    name, _, which = target.rpartition(".")
    short = metric(name).short if name != ACCURACY else f"{which} {metric(name).short}"
    return f"{short}{_mark(target)}"


def caveat(target: str, eval_on: str | None = None) -> str:
    """What a reader must know of such a number; nothing of most, and of fields."""
    if is_field(target):
        return ""
    name, which = which_of(target)
    return metric(name).caveat(which, eval_on)


def _mark(target: str) -> str:
    return MARK if caveat(target) else ""
