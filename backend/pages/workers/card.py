"""A worker as the workers page shows it. What a worker does not report is None: a dash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.core.code_version import CODE, PACKAGE, code_version, differs, words

_GIB = 2**30

# state -> what it means for the queue
MEANINGS = {
    "online": "Starts queued runs.",
    "draining": "Finishes its runs and starts no new ones.",
    "drained": "Idle, and starts no runs: it can be stopped safely.",
    "stopped": "Shut down cleanly; its runs went back to the queue.",
    "gone": "Stopped responding. Its runs are queued again once their leases end.",
}


@dataclass(frozen=True)
class SlotLine:
    """One slot: its device, how busy that is, what it trains."""

    device: str
    run_id: int | None
    run_name: str
    memory_share: float | None
    memory_text: str
    utilization: float | None


@dataclass(frozen=True)
class Card:
    """One worker."""

    name: str
    host: str
    pid: int
    state: str  # a key of MEANINGS
    meaning: str
    heartbeat_at: datetime
    age: float  # seconds since the last heartbeat, by the server's clock
    started_at: datetime
    slots: list[SlotLine]
    busy: int
    datasets: dict[str, Any]
    versions: list[tuple[str, str]]
    mismatch: str  # what is wrong with its version; empty: nothing
    problem: str  # why it starts no runs; empty: nothing
    job: str  # Slurm's number of the job that it is; empty: none

    @property
    def next_action(self) -> str:
        """What its button does; empty where the worker would not notice."""
        return {"online": "drain", "draining": "undrain", "drained": "undrain"}.get(self.state, "")


def cards(reported: Sequence[Mapping[str, Any]]) -> list[Card]:
    """The workers of `backend.store.workers.listing`, in its order."""
    return [_card(worker) for worker in reported]


def _card(worker: Mapping[str, Any]) -> Card:
    slots = [_slot(slot) for slot in worker["slots"]]
    busy = sum(slot.run_id is not None for slot in slots)
    state = _state(worker, busy)
    return Card(
        name=worker["name"],
        host=worker["host"],
        pid=worker["pid"],
        state=state,
        meaning=MEANINGS[state],
        heartbeat_at=worker["heartbeat_at"],
        age=worker["heartbeat_age_seconds"],
        started_at=worker["started_at"],
        # What a worker that stopped responding said last is no news of its devices.
        slots=slots if worker["online"] else [],
        busy=busy,
        datasets=worker["datasets"],
        versions=sorted(
            worker["versions"].items(), key=lambda item: item[0] not in (PACKAGE, CODE)
        ),
        mismatch=_mismatch(worker["versions"]) if worker["online"] else "",
        problem=(worker.get("problem") or "") if worker["online"] else "",
        job=worker.get("job") or "",
    )


def _state(worker: Mapping[str, Any], busy: int) -> str:
    if not worker["online"]:
        return "stopped" if worker["stopped_at"] else "gone"
    if not worker["draining"]:
        return "online"
    return "draining" if busy else "drained"


def _slot(slot: Mapping[str, Any]) -> SlotLine:
    used, total = slot.get("memory_used") or 0, slot.get("memory_total") or 0
    reports_memory = slot.get("memory_used") is not None and total > 0
    name = slot.get("device_name") or ""
    device = slot.get("device") or "cpu"
    return SlotLine(
        device=name if device == "cpu" and name else f"{name or 'GPU'} ({device})",
        run_id=slot.get("run_id"),
        run_name=slot.get("run_name") or "run",
        memory_share=min(1.0, used / total) if reports_memory else None,
        memory_text=f"{used / _GIB:.1f} of {total / _GIB:.1f} GiB" if reports_memory else "",
        utilization=slot.get("utilization"),
    )


def _mismatch(versions: Mapping[str, str]) -> str:
    if not differs(versions):
        return ""
    return (
        f"The worker runs {words(versions)}; this server runs {words(code_version())}. Update the "
        "older one and restart it. Until then the worker skips runs with settings it does not know."
    )
