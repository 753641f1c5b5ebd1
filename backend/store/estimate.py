"""How long a run may take, judged by finished runs on the same dataset with the same model."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.run_states import RunState
from backend.store.tables import Run
from ols.spec.run_spec import RunSpec

LOOKED_AT = 30  # the newest finished runs


def estimate(session: Session, spec: RunSpec) -> tuple[float | None, int]:
    """Seconds of training, or None, and how many runs that is based on."""
    return _estimate(_past(session, spec), spec)


def estimate_many(session: Session, specs: Sequence[RunSpec]) -> tuple[float | None, int]:
    """Seconds of all of them one after the other, None where one of them is not known, and the
    smallest number of runs that one of them is based on."""
    past: dict[tuple[str, str], list[_Past]] = {}
    total, fewest = 0.0, LOOKED_AT
    for spec in specs:
        kind = (spec.dataset.name, spec.model.name)
        if kind not in past:
            past[kind] = _past(session, spec)
        seconds, based_on = _estimate(past[kind], spec)
        if seconds is None:
            return None, 0
        total, fewest = total + seconds, min(fewest, based_on)
    return total, fewest


_Past = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]  # spec, info, summary


def _past(session: Session, spec: RunSpec) -> list[_Past]:
    """The newest finished runs on the same dataset with the same model."""
    rows = session.execute(
        select(Run.spec, Run.info, Run.summary)
        .where(
            Run.state == RunState.FINISHED,
            Run.dataset == spec.dataset.name,
            Run.model == spec.model.name,
        )
        .order_by(Run.id.desc())
        .limit(LOOKED_AT)
    )
    return [(row.spec, row.info, row.summary) for row in rows]


def _estimate(past: Sequence[_Past], spec: RunSpec) -> tuple[float | None, int]:
    wanted = spec.model_dump(mode="json")
    found = [s for facts in past if (s := _epoch_seconds(*facts, wanted))]
    return (median(found) * spec.epochs if found else None), len(found)


def _epoch_seconds(
    past: dict[str, Any], info: dict[str, Any], summary: dict[str, Any], wanted: dict[str, Any]
) -> float | None:
    """Seconds that one epoch of `wanted` would take at the past run's seconds per image."""
    seconds = summary.get("epoch_seconds", {}).get("last")
    if not seconds or not info.get("train_size"):
        return None
    return float(seconds) * _relative_size(wanted) / _relative_size(past)


def _relative_size(spec: dict[str, Any]) -> float:
    """Proportional to the number of training images, for specs of one dataset."""
    kept = 1 - spec["holdout"] if spec["eval_on"] == "holdout" else 1.0
    return float(spec["dataset"].get("train_per_class", 1)) * kept
