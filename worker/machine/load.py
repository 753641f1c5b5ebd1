"""How busy each slot's device is, measured with every heartbeat.

A GPU is asked through NVML, whoever uses it. A CPU slot shows its own trainer: its memory and its
share of the machine's cores, with all processes below it (DataLoader workers, ranks).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from ols.training.memory import memory
from worker.machine.cores import cores
from worker.machine.nvml import Reading, read_gpus
from worker.machine.slots import SlotUse


@dataclass(frozen=True)
class _Spent:
    """CPU seconds of a trainer up to a moment of the monotonic clock."""

    seconds: float
    at: float


class LoadMeter:
    """Remembers the last measurement: CPU time becomes a share only between two."""

    def __init__(self) -> None:
        self._spent: dict[int, _Spent] = {}  # trainer's pid -> at the last look

    def read(self, slots: Sequence[SlotUse]) -> list[Reading]:
        """A reading for each slot."""
        gpus = read_gpus(one.slot.gpu for one in slots if one.slot.gpu is not None)
        on_cpu = [one for one in slots if one.slot.gpu is None]
        trainers = self._read_trainers([one.pid for one in on_cpu if one.pid is not None])
        total = memory()[1] if on_cpu else 0
        return [
            _of_cpu(one, trainers, total) if one.slot.gpu is None else gpus[one.slot.gpu]
            for one in slots
        ]

    def _read_trainers(self, pids: Sequence[int]) -> dict[int, Reading]:
        """Of each trainer the share that one of its slots has; it may have several."""
        before, self._spent = self._spent, {}
        readings = {}
        for pid in set(pids):
            used, seconds = _tree(pid)
            now = _Spent(seconds, time.monotonic())
            self._spent[pid] = now
            share = _share(before.get(pid), now)
            slots = pids.count(pid)
            readings[pid] = Reading(used // slots, None, None if share is None else share / slots)
        return readings


def _of_cpu(one: SlotUse, trainers: Mapping[int, Reading], total: int) -> Reading:
    if one.pid is None:
        return Reading(0, total, 0.0)
    reading = trainers[one.pid]
    return Reading(reading.memory_used, total, reading.utilization)


def _share(before: _Spent | None, now: _Spent) -> float | None:
    """Of all cores that this process may use, 0 to 1; None at the first look."""
    if before is None or now.at <= before.at:
        return None
    share = (now.seconds - before.seconds) / (now.at - before.at) / cores()
    return min(1.0, max(0.0, share))  # children that ended take their seconds along


def _tree(pid: int) -> tuple[int, float]:
    """Bytes of memory and CPU seconds of a process and all below it; zeros when it has gone."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0, 0.0
    used, seconds = 0, 0.0
    for process in processes:
        try:
            times = process.cpu_times()
            used += process.memory_info().rss
        except psutil.Error:  # it has just ended
            continue
        seconds += times.user + times.system
    return used, seconds
