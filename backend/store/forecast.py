"""When queued runs may start: the queue, laid out on the slots of the workers that are online.

Each run in its order goes to the worker where enough slots are free first, as the claims do. How
long a slot is taken says backend.store.time_estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from backend.core.run_states import RunSource, RunState
from backend.store.claims import QUEUE_ORDER
from backend.store.tables import Run
from backend.store.time_estimate import Paces, lay_out, learn, open_work

FORESEEN = 1000  # queued runs; those behind them get no forecast

_COLUMNS = (Run.id, Run.spec, Run.epoch, Run.state, Run.eta_seconds, Run.worker)


def expected_starts(session: Session, capacities: Mapping[str, int]) -> dict[int, float]:
    """Seconds until each of the first queued runs starts, where that can be told.

    `capacities`: how many slots each worker has that is online and claims. Three queries.
    """
    if not any(capacities.values()):
        return {}
    queued = select(*_COLUMNS).where(Run.state == RunState.QUEUED, Run.deleted_at.is_(None))
    waiting = session.execute(queued.order_by(*QUEUE_ORDER).limit(FORESEEN)).all()
    with_workers = (Run.state == RunState.RUNNING, Run.source == RunSource.TRAINED)
    training = session.execute(select(*_COLUMNS).where(*with_workers)).all()
    works = {row.id: open_work(row) for row in [*waiting, *training]}
    paces = learn(session, {work.kind for work in works.values()})
    queue = [(row.id, works[row.id].devices, paces.seconds(works[row.id])) for row in waiting]
    return lay_out(_free_at(training, capacities, paces), queue)


def _free_at(
    training: Sequence[Row[Any]], capacities: Mapping[str, int], paces: Paces
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in capacities}
    for row in training:
        if row.worker in taken:
            work = open_work(row)
            taken[row.worker] += [paces.seconds(work)] * work.devices
    return {
        name: (taken[name] + [0.0] * capacity)[: max(capacity, 0)]
        for name, capacity in capacities.items()
    }
