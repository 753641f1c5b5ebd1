"""Slots: how many runs this worker trains at once, and on which devices each.

A run has one slot, or one on each of the devices that it asks for. A GPU gives `OLS_SLOTS_PER_GPU`
slots; a machine without one gives `OLS_CPU_SLOTS`. GPUs are found through NVML, so CUDA is never
loaded into the Celery process.
"""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pynvml

from backend.settings import Settings
from backend.store.claims import Claim


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


def find_slots(config: Settings) -> list[Slot]:
    """The slots of this machine, GPUs first; CPU slots only where there is no GPU."""
    places: list[tuple[str | None, str]] = [
        gpu for gpu in visible_gpus() for _ in range(config.slots_per_gpu)
    ] or [(None, _cpu_name())] * config.cpu_slots
    threads = config.trainer_threads or _fair_threads(len(places))
    return [Slot(index, gpu, name, threads) for index, (gpu, name) in enumerate(places)]


def _fair_threads(slots: int) -> int:
    """Each slot's share of the cores, one of which is left to the rest of the machine.

    On 2 cores a second thread stalls: 10 s an epoch instead of 4 (figures measured on glyphs).
    """
    return max(1, (_cores() - 1) // max(1, slots))


def _cores() -> int:
    """Those that this process may use: a container often has fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def visible_gpus() -> list[tuple[str, str]]:
    """(index or UUID, name) of each GPU that CUDA_VISIBLE_DEVICES leaves visible."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        names = {}
        for index in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            name = _text(pynvml.nvmlDeviceGetName(handle))
            names[str(index)] = names[_text(pynvml.nvmlDeviceGetUUID(handle))] = name
    finally:
        pynvml.nvmlShutdown()
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return [(key, name) for key, name in names.items() if key.isdecimal()]
    chosen: list[tuple[str, str]] = []
    for key in filter(None, (part.strip() for part in wanted.split(","))):
        if key not in names:
            break  # as CUDA does: an unknown device hides those behind it
        chosen.append((key, names[key]))
    return chosen


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _cpu_name() -> str:
    return f"CPU, {_cores()} cores, {platform.machine()}"


class SlotTable:
    """Which slot trains which run; safe to use from several threads."""

    def __init__(self, slots: list[Slot]) -> None:
        self._slots = slots
        self._runs: dict[int, int] = {}  # slot index -> run, for slots that are taken
        self._lock = threading.Lock()
        # Held from the look at what is free to the taking: else two threads of one worker could
        # claim runs for the same devices. Not `_lock`: a heartbeat waits for no claim.
        self._claiming = threading.Lock()
        self.devices = len(_one_a_device(slots))  # the most that one run can have

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
                    del self._runs[slot.index]

    @property
    def idle(self) -> int:
        """How many slots are free."""
        with self._lock:
            return len(self._slots) - len(self._runs)

    def describe(self) -> list[dict[str, Any]]:
        """As the workers table stores them."""
        with self._lock:
            return [
                {
                    "index": slot.index,
                    "device": slot.device,
                    "device_name": slot.device_name,
                    "run_id": self._runs.get(slot.index),
                }
                for slot in self._slots
            ]


def _one_a_device(slots: list[Slot]) -> list[Slot]:
    """The first slot of each GPU: ranks would only share it. A CPU slot is one."""
    found: dict[str | int, Slot] = {}
    for slot in slots:
        found.setdefault(slot.index if slot.gpu is None else slot.gpu, slot)
    return list(found.values())
