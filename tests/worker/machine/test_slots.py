"""Slots: where they come from, and that two runs never share one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.core.settings import Settings
from backend.store.claims import Claim
from worker.machine import slots
from worker.machine.nvml import UnknownDeviceError
from worker.machine.slots import Slot, SlotTable, find_slots
from worker.runtime import slots_here


def test_a_machine_without_gpu_gives_cpu_slots(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(slots, "visible_gpus", list)
    found = find_slots(Settings(_env_file=None, data_dir=tmp_path, cpu_slots=2))
    assert [(slot.index, slot.gpu, slot.device) for slot in found] == [
        (0, None, "cpu"),
        (1, None, "cpu"),
    ]


def test_each_gpu_gives_its_slots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(slots, "visible_gpus", lambda: [("0", "H200"), ("1", "H200")])
    found = find_slots(Settings(_env_file=None, data_dir=tmp_path, slots_per_gpu=2))
    assert [slot.gpu for slot in found] == ["0", "0", "1", "1"]
    assert found[2].device == "cuda:1"


def test_slots_share_the_cores_that_this_process_may_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(slots, "visible_gpus", list)
    for cores, count, threads in ((2, 1, 1), (9, 1, 8), (9, 4, 2), (1, 1, 1), (2, 8, 1)):
        monkeypatch.setattr(slots, "cores", lambda cores=cores: cores)
        found = find_slots(Settings(_env_file=None, data_dir=tmp_path, cpu_slots=count))
        assert [slot.threads for slot in found] == [threads] * count
    asked = Settings(_env_file=None, data_dir=tmp_path, cpu_slots=2, trainer_threads=5)
    assert [slot.threads for slot in find_slots(asked)] == [5, 5]


def test_a_worker_given_devices_that_are_not_there_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse() -> list[tuple[str, str]]:
        raise UnknownDeviceError("CUDA_VISIBLE_DEVICES names 7, but ...")

    monkeypatch.setattr(slots, "visible_gpus", refuse)
    with pytest.raises(SystemExit, match=r"can't start\. CUDA_VISIBLE_DEVICES names 7"):
        slots_here(Settings(_env_file=None, data_dir=tmp_path))


def claim(devices: int = 1) -> Callable[[list[Slot]], Claim]:
    """Claims run 7, whatever is free."""
    return lambda _: Claim(7, 1, {"devices": devices}, "")


def never(_: list[Slot]) -> Claim:
    raise AssertionError("nothing is free")


def test_a_taken_slot_is_not_given_twice() -> None:
    table = SlotTable([Slot(0, None, "CPU")])
    with table.take(claim()) as taken:
        assert taken is not None
        assert [slot.index for slot in taken[1]] == [0]
        assert table.idle == 0
        with table.take(never) as second:
            assert second is None
        assert table.look()[0].run_id == 7
    assert table.idle == 1
    assert table.look()[0].run_id is None


def test_a_slot_knows_its_trainer_until_it_is_freed() -> None:
    table = SlotTable([Slot(0, None, "CPU"), Slot(1, None, "CPU")])
    with table.take(claim()):
        table.started(7, 4711)
        assert [one.pid for one in table.look()] == [4711, None]
    assert [one.pid for one in table.look()] == [None, None]


def test_nothing_is_taken_when_nothing_is_claimed() -> None:
    table = SlotTable([Slot(0, None, "CPU")])
    with table.take(lambda _: None) as taken:
        assert taken is None
        assert table.idle == 1


def test_a_spec_from_before_devices_takes_one_slot() -> None:
    table = SlotTable([Slot(0, None, "CPU"), Slot(1, None, "CPU")])
    with table.take(lambda _: Claim(7, 1, {}, "")):
        assert table.idle == 1


def test_a_run_gets_slots_of_different_gpus_in_their_order() -> None:
    table = SlotTable([Slot(i, gpu, "H200") for i, gpu in enumerate(["3", "3", "1", "1"])])
    assert table.devices == 2
    with table.take(claim(2)) as first, table.take(claim(2)) as second:
        assert first is not None
        assert second is not None
        assert [slot.gpu for slot in first[1]] == ["3", "1"]
        assert [slot.index for slot in first[1]] == [0, 2]
        assert [slot.index for slot in second[1]] == [1, 3]
        assert [one.run_id for one in table.look()] == [7, 7, 7, 7]
        with table.take(never):
            pass
    assert table.idle == 4, "all are freed together"


def test_parts_of_gpus_do_not_train_together() -> None:
    parts = [Slot(i, key, "H200 MIG 1g.18gb") for i, key in enumerate(["MIG-a1", "MIG-a2"])]
    assert SlotTable(parts).devices == 1


def test_two_free_slots_of_one_gpu_are_one_free_device() -> None:
    table = SlotTable([Slot(i, gpu, "H200") for i, gpu in enumerate(["0", "0", "1"])])
    seen: list[list[int]] = []

    def look(free: list[Slot]) -> None:
        seen.append([slot.index for slot in free])

    with table.take(look):
        pass
    with table.take(claim(2)), table.take(look):
        pass
    assert seen == [[0, 2], [1]]


def test_slots_are_free_again_after_an_error() -> None:
    table = SlotTable([Slot(0, None, "CPU"), Slot(1, None, "CPU")])
    with pytest.raises(RuntimeError), table.take(claim(2)):
        raise RuntimeError
    assert table.idle == 2


def test_an_error_while_claiming_takes_nothing() -> None:
    table = SlotTable([Slot(0, None, "CPU")])
    with pytest.raises(AssertionError), table.take(never):
        pass
    with table.take(claim()) as taken:
        assert taken is not None
