"""This machine's GPUs as NVML reports them: CUDA is never loaded into the Celery process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pynvml


@dataclass(frozen=True)
class Reading:
    """How busy a device is; None: unknown (a part of a MIG GPU has no utilisation)."""

    memory_used: int | None = None  # bytes
    memory_total: int | None = None  # bytes
    utilization: float | None = None  # 0 to 1, of a GPU's time or of the machine's cores


def visible_gpus() -> list[tuple[str, str]]:
    """(index or UUID, name) of each GPU that CUDA_VISIBLE_DEVICES leaves visible."""
    names = {}
    with _nvml() as there:
        for index in range(pynvml.nvmlDeviceGetCount() if there else 0):
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            name = _text(pynvml.nvmlDeviceGetName(handle))
            names[str(index)] = names[_text(pynvml.nvmlDeviceGetUUID(handle))] = name
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return [(key, name) for key, name in names.items() if key.isdecimal()]
    visible: list[tuple[str, str]] = []
    for key in filter(None, (part.strip() for part in wanted.split(","))):
        if key not in names:
            break  # as CUDA does: an unknown device hides those behind it
        visible.append((key, names[key]))
    return visible


def driver_version() -> str | None:
    """NVIDIA's driver; None without one."""
    with _nvml() as there:
        return _text(pynvml.nvmlSystemGetDriverVersion()) if there else None


def read_gpus(keys: Iterable[str]) -> dict[str, Reading]:
    """A reading of each GPU, by index or UUID; of one that has gone an empty one."""
    with _nvml() as there:
        return {key: _read(key) if there else Reading() for key in dict.fromkeys(keys)}


def _read(key: str) -> Reading:
    try:
        handle = (
            pynvml.nvmlDeviceGetHandleByIndex(int(key))
            if key.isdecimal()
            else pynvml.nvmlDeviceGetHandleByUUID(key)
        )
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    except pynvml.NVMLError:  # it fell off the bus
        return Reading()
    return Reading(int(memory.used), int(memory.total), _utilization(handle))


def _utilization(handle: Any) -> float | None:
    try:
        return float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu) / 100
    except pynvml.NVMLError:
        return None


@contextmanager
def _nvml() -> Iterator[bool]:
    """Whether there is a driver; within the block it answers."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield False
        return
    try:
        yield True
    finally:
        pynvml.nvmlShutdown()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
