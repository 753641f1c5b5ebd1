"""Several runs side by side: aligned series, what differs in their specs, their summaries."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.schemas.compare import Comparison
from backend.schemas.metrics import Series
from backend.schemas.runs import RunRow
from backend.store import metrics, runs
from backend.store.spec_paths import differences
from ols.spec.metrics import in_order

MOST_OWN = 12  # metrics that only logged runs have


def compare(
    session: Session,
    run_ids: Sequence[int],
    *,
    names: Sequence[str] | None = None,
    own: bool = False,
) -> Comparison:
    """The comparison as JSON, empty without runs; raises NotFound.

    Of the metrics `names`, or all; `own`: also those of loops of their own.
    """
    details = runs.get_many(session, run_ids)
    if own and names is not None:
        names = list(dict.fromkeys([*names, *own_metrics(details)]))
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


def own_metrics(runs: Sequence[RunRow]) -> list[str]:
    """What loops of their own measured by epoch, the first MOST_OWN of it."""
    logged = [run["summary"] for run in runs if run["spec"] is None]
    names = in_order(
        name for summary in logged for name, entry in summary.items() if "best_step" not in entry
    )
    return names[:MOST_OWN]


def _aligned(part: Series, name: str, epochs: Sequence[int]) -> list[float | None]:
    values = part["values"].get(name)
    if values and part["epochs"] == epochs:
        return values
    by_epoch = dict(zip(part["epochs"], values, strict=True)) if values else {}
    return [by_epoch.get(epoch) for epoch in epochs]
