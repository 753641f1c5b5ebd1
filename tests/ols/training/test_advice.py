"""Warnings in words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ols.training import advice

GIB = 2**30


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """Sets the machine's memory in GiB, and a container's where it is given."""

    def fake(used, total, container=None):
        machine = SimpleNamespace(total=total * GIB, available=(total - used) * GIB)
        monkeypatch.setattr(advice.psutil, "virtual_memory", lambda: machine)
        monkeypatch.setattr(advice, "_CGROUP", tmp_path)
        if container:
            current, cached, limit = container
            (tmp_path / "memory.max").write_text(f"{limit}\n")
            (tmp_path / "memory.current").write_text(f"{int(current * GIB)}\n")
            (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {int(cached * GIB)}\n")

    return fake


def test_memory_with_room_is_not_worth_a_word(memory):
    memory(used=10, total=24)
    assert advice.memory_nearly_full() is None


def test_a_full_machine_is_warned_of(memory):
    memory(used=22, total=24)
    assert "22.0 of 24.0 GiB" in advice.memory_nearly_full()


def test_a_full_container_is_warned_of_on_an_empty_machine(memory):
    memory(used=10, total=64, container=(3.9, 0.1, 4 * GIB))
    assert "3.8 of 4.0 GiB" in advice.memory_nearly_full()


def test_cached_files_and_a_container_without_limit_do_not_count(memory):
    memory(used=10, total=64, container=(3.9, 2.0, 4 * GIB))
    assert advice.memory_nearly_full() is None
    memory(used=10, total=64, container=(60, 0, "max"))
    assert advice.memory_nearly_full() is None


def test_the_real_machine_can_be_asked():
    used, limit = advice.memory()
    assert 0 < used < limit


def test_a_loss_that_more_than_doubles_blames_the_learning_rate():
    assert "rose from 0.5 to 2.3" in advice.learning_rate_too_high(2.3, 0.5)
    assert "optimizer.lr" in advice.learning_rate_too_high(2.3, 0.5)


@pytest.mark.parametrize(("loss", "lowest"), [(2.3, float("inf")), (0.9, 0.5), (0.05, 0.01)])
def test_ordinary_losses_do_not(loss, lowest):
    assert advice.learning_rate_too_high(loss, lowest) is None


def test_many_classes_without_a_hit_are_counted():
    assert advice.classes_without_hit([]) is None
    note = advice.classes_without_hit([f"c{i}" for i in range(14)])
    assert note.endswith("c8, c9 and 4 more")
