"""The one task: a nudge says that something is queued, and a slot goes on while something fits."""

from __future__ import annotations

from backend.store import transitions
from backend.store.transitions import Claim
from worker.runtime import Runtime, runtime
from worker.slots import Slot
from worker.supervisor import Supervisor


def train_what_is_queued() -> None:
    """Takes a free slot and trains queued runs on it, one after the other, until none is left.

    Harmless when nudged too often: without a free slot or a queued run it ends at once.
    """
    shared = runtime()
    with shared.slots.take() as slot:
        while slot and not shared.stop.is_set():
            claim = _claim(shared, slot)
            if claim is None:
                return
            shared.slots.note(slot, claim.run_id)
            Supervisor(shared.config, shared.database, claim, shared.stop).supervise(slot)
            shared.slots.note(slot, None)


def _claim(shared: Runtime, slot: Slot) -> Claim | None:
    with shared.database.write() as session:
        return transitions.claim_next(
            session,
            worker=shared.name,
            slot=slot.index,
            lease_seconds=shared.config.lease_seconds,
        )
