"""This machine's GPUs as NVML reports them: CUDA is never loaded into the Celery process."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pynvml

log = logging.getLogger("ols.worker")


@dataclass(frozen=True)
class Reading:
    """How busy a device is; None: unknown (a part of a MIG GPU has no utilisation)."""

    memory_used: int | None = None  # bytes
    memory_total: int | None = None  # bytes
    utilization: float | None = None  # 0 to 1, of a GPU's time or of the machine's cores


class UnknownDeviceError(Exception):
    """CUDA_VISIBLE_DEVICES names no device of this machine; the text says what there is."""


@dataclass(frozen=True)
class Gpu:
    """A GPU, and the parts of it that stand for it while MIG is on (they alone can be used)."""

    index: str
    uuid: str
    name: str
    parts: tuple[Part, ...] | None = None  # None: MIG is off

    @property
    def devices(self) -> list[tuple[str, str]]:
        """What CUDA_VISIBLE_DEVICES calls each device, and its name."""
        if self.parts is None:
            return [(self.index, self.name)]
        return [(part.uuid, part.name) for part in self.parts]


@dataclass(frozen=True)
class Part:
    """A MIG device. `old_name`: as drivers before 470 call it, and some schedulers still do."""

    uuid: str
    name: str
    old_name: str = ""


def is_part(key: str) -> bool:
    """Whether this is a MIG device: a process can use one of them, never several together."""
    return key.startswith("MIG-")


def visible_gpus() -> list[tuple[str, str]]:
    """(index or UUID, name) of each GPU, or part of one, that CUDA_VISIBLE_DEVICES leaves visible.

    UUIDs may be shortened, as CUDA allows. Raises UnknownDeviceError where the first that it names
    is not there; an unknown one further behind hides what follows it, as CUDA does, and is logged.
    """
    with _nvml() as there:
        gpus = [_gpu(index) for index in range(pynvml.nvmlDeviceGetCount() if there else 0)]
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return [device for gpu in gpus for device in gpu.devices]
    visible: list[tuple[str, str]] = []
    for key in filter(None, (part.strip() for part in wanted.split(","))):
        if key.startswith("-") or key == "NoDevFiles":  # Slurm's word for none
            break
        devices = _named(key, gpus)
        if len(devices) != 1:
            if not visible:
                raise UnknownDeviceError(_words(key, devices, gpus))
            log.warning(
                "%s What follows it in CUDA_VISIBLE_DEVICES is hidden.", _words(key, devices, gpus)
            )
            break
        visible += devices
    return visible


def _named(key: str, gpus: list[Gpu]) -> list[tuple[str, str]]:
    """What a word of CUDA_VISIBLE_DEVICES may mean; exactly one device where it is right."""
    if key.isdecimal():
        return [device for gpu in gpus if gpu.index == key for device in gpu.devices[:1]]
    if is_part(key):
        parts = [part for gpu in gpus for part in gpu.parts or ()]
        named = [p for p in parts if key == p.old_name] or [
            p for p in parts if p.uuid.startswith(key)
        ]
        return [(part.uuid, part.name) for part in named]
    if not key.startswith("GPU-"):
        return []
    # Of a GPU in parts CUDA takes the first, by whatever name it was called.
    return [
        gpu.devices[0] if gpu.parts else (gpu.uuid, gpu.name)
        for gpu in gpus
        if gpu.uuid.startswith(key) and gpu.devices
    ]


def _words(key: str, meant: list[tuple[str, str]], gpus: list[Gpu]) -> str:
    if meant:
        several = ", ".join(name for name, _ in meant)
        return f"CUDA_VISIBLE_DEVICES names {key}, which may be {several}: write more of it."
    there = [f"{key} ({name})" for gpu in gpus for key, name in gpu.devices]
    empty = "" if there else " To train on the CPU, set it to nothing."
    having = ", ".join(there) or "no GPU that NVIDIA's driver tells of"
    return f"CUDA_VISIBLE_DEVICES names {key}, but this machine has {having}.{empty}"


def _gpu(index: int) -> Gpu:
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    uuid = _text(pynvml.nvmlDeviceGetUUID(handle))
    return Gpu(str(index), uuid, _text(pynvml.nvmlDeviceGetName(handle)), _parts(handle, uuid))


def _parts(handle: Any, uuid: str) -> tuple[Part, ...] | None:
    try:
        on, _ = pynvml.nvmlDeviceGetMigMode(handle)
    except pynvml.NVMLError:  # a GPU that can't be split
        return None
    if not on:
        return None
    parts = []
    for index in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
        try:
            part = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)
        except pynvml.NVMLError:  # places may be empty
            continue
        slices = (
            pynvml.nvmlDeviceGetGpuInstanceId(part),
            pynvml.nvmlDeviceGetComputeInstanceId(part),
        )
        old_name = f"MIG-{uuid}/{slices[0]}/{slices[1]}"
        parts.append(
            Part(
                _text(pynvml.nvmlDeviceGetUUID(part)),
                _text(pynvml.nvmlDeviceGetName(part)),
                old_name,
            )
        )
    return tuple(parts)


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
