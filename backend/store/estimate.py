"""How long a run may take, judged by finished runs on the same dataset with the same model."""

from __future__ import annotations

from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.tables import Run
from ols.spec import RunSpec

LOOKED_AT = 30  # the newest finished runs


def estimate(session: Session, spec: RunSpec) -> tuple[float | None, int]:
    """Seconds of training, or None, and how many runs that is based on."""
    rows = session.execute(
        select(Run.spec, Run.info, Run.summary)
        .where(
            Run.state == "finished",
            Run.dataset == spec.dataset.name,
            Run.model == spec.model.name,
        )
        .order_by(Run.id.desc())
        .limit(LOOKED_AT)
    ).all()
    wanted = spec.model_dump(mode="json")
    found = [s for row in rows if (s := _epoch_seconds(row.spec, row.info, row.summary, wanted))]
    return (median(found) * spec.epochs if found else None), len(found)


def _epoch_seconds(
    past: dict[str, Any], info: dict[str, Any], summary: dict[str, Any], wanted: dict[str, Any]
) -> float | None:
    """Seconds an epoch of `wanted` would take at the past run's seconds per image."""
    seconds = summary.get("epoch_seconds", {}).get("last")
    if not seconds or not info.get("train_size"):
        return None
    return float(seconds) * _relative_size(wanted) / _relative_size(past)


def _relative_size(spec: dict[str, Any]) -> float:
    """Proportional to the number of training images, for specs of one dataset."""
    kept = 1 - spec["holdout"] if spec["eval_on"] == "holdout" else 1.0
    return float(spec["dataset"].get("train_per_class", 1)) * kept
