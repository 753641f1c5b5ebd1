"""The load that a worker reports: GPUs as NVML tells, CPU slots by their trainers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from worker.machine import load
from worker.machine.load import LoadMeter
from worker.machine.nvml import Reading
from worker.machine.slots import Slot, SlotUse

# A process that works, and one below it that holds 80 MB.
BUSY = """
import subprocess, sys
child = "data = bytearray(80_000_000); print('there', flush=True); sys.stdin.read()"
subprocess.Popen([sys.executable, "-c", "import sys;" + child])
while True: pass
"""
CPU = Slot(0, None, "CPU"), Slot(1, None, "CPU")


@pytest.fixture
def trainer() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.communicate()


def test_an_idle_slot_uses_nothing() -> None:
    [reading] = LoadMeter().read([SlotUse(CPU[0], None, None)])
    assert (reading.memory_used, reading.utilization) == (0, 0.0)
    assert reading.memory_total is not None
    assert reading.memory_total <= psutil.virtual_memory().total


def test_a_trainer_counts_with_what_is_below_it_and_shares_between_its_slots(trainer: int) -> None:
    meter, slots = LoadMeter(), [SlotUse(slot, 7, trainer) for slot in CPU]
    first = meter.read(slots)
    assert [reading.utilization for reading in first] == [None, None], "a share needs two looks"
    assert sum(reading.memory_used or 0 for reading in first) > 80_000_000
    before = psutil.Process(trainer).cpu_times().user
    while psutil.Process(trainer).cpu_times().user < before + 0.1:
        pass
    one, other = meter.read(slots)
    assert one == other
    assert one.utilization is not None
    assert 0 < one.utilization <= 0.5


def test_a_trainer_that_has_gone_uses_nothing(trainer: int) -> None:
    meter = LoadMeter()
    meter.read([SlotUse(CPU[0], 7, trainer)])
    psutil.Process(trainer).kill()
    psutil.wait_procs([psutil.Process(trainer)])
    [reading] = meter.read([SlotUse(CPU[0], 7, trainer)])
    assert reading.memory_used == 0
    assert reading.utilization == 0


def test_gpus_are_asked_for_their_own_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = {"0": Reading(1, 2, 0.5), "1": Reading(0, 2, 0.0)}
    monkeypatch.setattr(load, "read_gpus", lambda keys: {key: readings[key] for key in keys})
    slots = [SlotUse(Slot(i, gpu, "H200"), None, None) for i, gpu in enumerate("011")]
    assert LoadMeter().read(slots) == [readings["0"], readings["1"], readings["1"]]
