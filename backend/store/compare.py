"""Several runs side by side: aligned series, what differs in their specs, their summaries."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.schemas.compare import Comparison
from backend.schemas.metrics import Series
from backend.store import metrics, runs
from backend.store.spec_paths import differences
from ols.spec.metrics import in_order


def compare(
    session: Session, run_ids: Sequence[int], *, names: Sequence[str] | None = None
) -> Comparison:
    """The comparison as JSON, empty without runs; raises NotFound."""
    details = runs.get_many(session, run_ids)
    each = metrics.many_series(session, run_ids, names=names)
    epochs = sorted({epoch for part in each.values() for epoch in part["epochs"]})
    shown = list(names or in_order({n for part in each.values() for n in part["names"]}))
    return {
        "runs": details,
        "names": shown,
        "epochs": epochs,
        "series": {
            name: [_aligned(each[run_id], name, epochs) for run_id in run_ids] for name in shown
        },
        "differences": differences(details),
        "summary": [
            {"run_id": run["id"], "name": run["name"], "metrics": run["summary"]} for run in details
        ],
    }


def _aligned(part: Series, name: str, epochs: Sequence[int]) -> list[float | None]:
    values = part["values"].get(name)
    by_epoch = dict(zip(part["epochs"], values, strict=True)) if values else {}
    return [by_epoch.get(epoch) for epoch in epochs]
