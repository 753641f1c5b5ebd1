"""Conditions on any field of a run's spec and any metric, as they stand in a URL.

    spec.method.alpha>=0.5     spec.model.name!=small_cnn     val_ece.last<0.1     spec.seed=3
    val_top1.best>0.8          spec.dataset.name~glyph   (~: contains)
    spec.method.alpha=null     spec.method.alpha!=null   (runs without, with the field)
    config.lr>=0.1             (of logged runs)
    owner=anna     owner!=anna     owner=null
    epochs>=10     alpha=0.9     val ECE<0.1     (other names of the same: target_names.py)

A field is a path into the resolved spec, or into a logged run's config; of a metric it is the last
or the best value. Fractions stay fractions: `val_top1.best>0.8`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from backend.store.folding import fold
from backend.store.tables import MOST_NAME, Run, RunField, RunMetric
from backend.store.target_names import near_names, target_named
from ols.spec.metrics import ACCURACY, CALIBRATION

# What addresses of earlier versions call a column or sort by.
RENAMED = {
    ACCURACY: f"{ACCURACY}.best",
    f"{ACCURACY}_best": f"{ACCURACY}.best",
    f"{ACCURACY}_last": f"{ACCURACY}.last",
    CALIBRATION: f"{CALIBRATION}.last",
}
# A config's fields and a loop's metrics have the names that their owners gave them.
_FIELD = r"spec\.[a-z0-9_]+(?:\.[a-z0-9_]+)*|config(?:\.[^\s.<>=!~,]+)+"
_METRIC = r"[^\s<>=!~,][^<>=!~,]*\.(?:last|best)"
_ROOTS = ("spec.", "config.")
OWNER = "owner"  # the one fact of a run beside its fields that one filters, sorts and groups by
_TARGET = re.compile(f"(?:{OWNER}|{_FIELD}|{_METRIC})")
_CONDITION = re.compile(r"\s*([^<>=!~]+?)\s*(<=|>=|!=|=|<|>|~)\s*(.*?)\s*", re.DOTALL)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """`target` compared with `value`, as it was written."""

    target: str
    compare: str
    value: str

    def __str__(self) -> str:
        return f"{self.target}{self.compare}{self.value}"

    def clause(self) -> ColumnElement[bool]:
        """As SQL, on runs. `!=` is true too for a run that lacks the field."""
        if self.target == OWNER:
            return self._owner_clause()
        if (self.compare == "!=") != self._is_null():
            return Run.id.not_in(self._matching("="))
        return Run.id.in_(self._matching(self.compare))

    def _owner_clause(self) -> ColumnElement[bool]:
        if self._is_null():
            return Run.owner.is_(None) if self.compare == "=" else Run.owner.is_not(None)
        if self.compare == "~":
            return func.lower(Run.owner).contains(self.value.lower(), autoescape=True)
        if self.compare == "!=":
            return or_(Run.owner != self.value, Run.owner.is_(None))
        return Run.owner == self.value

    def _is_null(self) -> bool:
        return self.value == "null" and self.compare in ("=", "!=") and is_field(self.target)

    def _matching(self, compare: str) -> Select[int]:
        if not is_field(self.target):
            name, which = self.target.rsplit(".", 1)
            column = RunMetric.last if which == "last" else RunMetric.best
            test = _number_test(column, compare, float(self.value))
            return select(RunMetric.run_id).where(RunMetric.name == name, test)
        here = RunField.path == path_of(self.target)
        return select(RunField.run_id).where(here, self._field_test(compare))

    def _field_test(self, compare: str) -> ColumnElement[bool]:
        number = as_number(self.value)
        if self._is_null():
            return RunField.text.is_not(None)
        if compare == "~":
            folded = func.coalesce(RunField.folded, func.lower(RunField.text))
            return folded.contains(fold(self.value), autoescape=True)
        if number is not None:
            return _number_test(RunField.number, compare, number)
        return RunField.text == self.value


def parse(text: str) -> Condition:
    """Reads one condition; raises ValueError saying what a condition looks like."""
    match = _CONDITION.fullmatch(text)
    target = _target(match[1]) if match else None
    if match is None or target is None:
        meant = " or ".join(near_names(match[1])) if match else ""
        raise ValueError(
            f"{text[:60]!r} is no condition; write a field or metric, a comparison and a value: "
            "epochs>=10, spec.method.alpha>=0.5 or val_top1.best>0.8"
            + (f" (did you mean {meant}?)" if meant else "")
        )
    _, compare, value = match.groups()
    if not value:
        raise ValueError(f"{text[:60]!r} compares with nothing; write a value after {compare}")
    number = as_number(value)
    ordered = compare in _COMPARE or not is_field(target)
    if ordered and number is None:
        raise ValueError(f"{text[:60]!r}: {value[:20]!r} is no number")
    if compare in _COMPARE and target == OWNER:
        raise ValueError(f"{text[:60]!r}: an owner is compared with = != or ~")
    if compare == "~" and not is_field(target):
        raise ValueError(f"{text[:60]!r}: a metric is compared with < > = or !=")
    return Condition(target, compare, value)


def _target(text: str) -> str | None:
    """As an address has it, whatever its name here."""
    return text if is_target(text) else target_named(text)


def is_target(text: str) -> bool:
    """Whether this names a field or a metric, to sort or group by."""
    return len(text) <= MOST_NAME + 5 and _TARGET.fullmatch(text) is not None


def is_field(target: str) -> bool:
    """A field of the spec or of a config, or the owner: not a metric."""
    return target.startswith(_ROOTS) or target == OWNER


def path_of(target: str) -> str:
    """A field as it is stored: `spec.seed` -> `seed`, `config.lr` as it is."""
    return target.removeprefix("spec.")


def target_of(path: str) -> str:
    """The other way round."""
    return path if path.startswith("config.") or path == OWNER else f"spec.{path}"


def as_number(text: str) -> float | None:
    """The number that a text says, None for another text, NaN and infinity."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _number_test(
    column: InstrumentedAttribute[float | None], compare: str, number: float
) -> ColumnElement[bool]:
    if compare == "=":
        near = 1e-9 + 1e-9 * abs(number)  # a decimal that was typed is not always the same double
        return column.between(number - near, number + near)
    test: ColumnElement[bool] = _COMPARE[compare](column, number)
    return test
