"""The memory of the machine and of the container, and the warning that it is nearly full."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ols.training import memory as memory_module
from ols.training.epoch_warnings import memory_nearly_full

GIB = 2**30


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """Sets the machine's memory in GiB, and a container's where it is given."""

    def fake(used, total, container=None):
        machine = SimpleNamespace(total=total * GIB, available=(total - used) * GIB)
        monkeypatch.setattr(memory_module.psutil, "virtual_memory", lambda: machine)
        monkeypatch.setattr(memory_module, "_CGROUP", tmp_path)
        if container:
            current, cached, limit = container
            (tmp_path / "memory.max").write_text(f"{limit}\n")
            (tmp_path / "memory.current").write_text(f"{int(current * GIB)}\n")
            (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {int(cached * GIB)}\n")

    return fake


def test_memory_with_room_is_not_worth_a_word(memory):
    memory(used=10, total=24)
    assert memory_nearly_full() is None


def test_a_full_machine_is_warned_of(memory):
    memory(used=22, total=24)
    assert "22.0 of 24.0 GiB" in memory_nearly_full()


def test_a_full_container_is_warned_of_on_an_empty_machine(memory):
    memory(used=10, total=64, container=(3.9, 0.1, 4 * GIB))
    assert "3.8 of 4.0 GiB" in memory_nearly_full()


def test_cached_files_and_a_container_without_limit_do_not_count(memory):
    memory(used=10, total=64, container=(3.9, 2.0, 4 * GIB))
    assert memory_nearly_full() is None
    memory(used=10, total=64, container=(60, 0, "max"))
    assert memory_nearly_full() is None


def test_the_real_machine_can_be_asked():
    used, limit = memory_module.memory()
    assert 0 < used < limit
