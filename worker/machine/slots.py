"""Slots: how many runs this worker trains at once, and on which devices each.

A run has one slot, or one on each of the devices that it asks for. A GPU gives `OLS_SLOTS_PER_GPU`
slots; a machine without one gives `OLS_CPU_SLOTS`.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from backend.core.settings import Settings
from backend.store.claims import Claim
from worker.machine.cores import cores
from worker.machine.nvml import is_part, visible_gpus


@dataclass(frozen=True)
class Slot:
    """One place for a run. `gpu` is what CUDA_VISIBLE_DEVICES gets; None: the CPU."""

    index: int
    gpu: str | None
    device_name: str
    threads: int = 1  # CPU threads of its trainer

    @property
    def device(self) -> str:
        """As the workers page shows it."""
        return "cpu" if self.gpu is None else f"cuda:{self.gpu}"


@dataclass(frozen=True)
class SlotUse:
    """A slot and what it does: the run that it trains and, once that is started, the trainer."""

    slot: Slot
    run_id: int | None
    pid: int | None


def find_slots(config: Settings) -> list[Slot]:
    """The slots of this machine; CPU slots only where there is no GPU.

    Raises UnknownDeviceError.
    """
    places: list[tuple[str | None, str]] = [
        gpu for gpu in visible_gpus() for _ in range(config.slots_per_gpu)
    ] or [(None, _cpu_name())] * config.cpu_slots
    threads = config.trainer_threads or _fair_threads(len(places))
    return [Slot(index, gpu, name, threads) for index, (gpu, name) in enumerate(places)]


def _fair_threads(slots: int) -> int:
    """Each slot's share of the cores, one of which is left to the rest of the machine.

    On 2 cores a second thread stalls: 10 s per epoch instead of 4 (measured on glyphs).
    """
    return max(1, (cores() - 1) // max(1, slots))


def _cpu_name() -> str:
    return f"CPU, {cores()} cores, {platform.machine()}"


class SlotTable:
    """Which slot trains which run; safe to use from several threads."""

    def __init__(self, slots: list[Slot]) -> None:
        self._slots = slots
        self._runs: dict[int, int] = {}  # slot index -> run, for slots that are taken
        self._trainers: dict[int, int] = {}  # run -> its trainer's process id
        self._lock = threading.Lock()
        # Held from the check of what is free to the claim: else two threads of one worker could
        # claim runs for the same devices. Not `_lock`: a heartbeat must not wait for a claim.
        self._claiming = threading.Lock()
        self.count = len(slots)
        # The most that one run can have; parts of GPUs don't train together.
        parts = any(is_part(slot.gpu or "") for slot in slots)
        self.devices = 1 if parts else len(_one_a_device(slots))

    @contextmanager
    def take(
        self, claim: Callable[[list[Slot]], Claim | None]
    ) -> Iterator[tuple[Claim, list[Slot]] | None]:
        """What `claim` takes and its slots, on different devices, for the length of the block.

        `claim` gets a free slot of each device and answers which run is to have the first of them;
        None, here and there: nothing is free or nothing fits.
        """
        with self._claiming:
            with self._lock:
                free = _one_a_device([s for s in self._slots if s.index not in self._runs])
            claimed = claim(free) if free else None
            taken = free[: claimed.devices] if claimed else []
            with self._lock:
                self._runs |= {slot.index: claimed.run_id for slot in taken if claimed}
        try:
            yield (claimed, taken) if claimed else None
        finally:
            with self._lock:
                for slot in taken:
                    self._trainers.pop(self._runs.pop(slot.index), None)

    def started(self, run_id: int, pid: int) -> None:
        """The run's trainer is this process."""
        with self._lock:
            self._trainers[run_id] = pid

    @property
    def idle(self) -> int:
        """How many slots are free."""
        with self._lock:
            return len(self._slots) - len(self._runs)

    def look(self) -> list[SlotUse]:
        """All slots and what each does now."""
        with self._lock:
            runs = [(slot, self._runs.get(slot.index)) for slot in self._slots]
            return [SlotUse(slot, run, self._trainers.get(run or 0)) for slot, run in runs]


def _one_a_device(slots: list[Slot]) -> list[Slot]:
    """The first slot of each GPU: ranks would only share it. A CPU slot is one."""
    first: dict[str | int, Slot] = {}
    for slot in slots:
        first.setdefault(slot.index if slot.gpu is None else slot.gpu, slot)
    return list(first.values())
