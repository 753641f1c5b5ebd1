from __future__ import annotations

import json
import resource
from contextlib import contextmanager

import pytest
import torch

from ols.errors import CheckpointError
from ols.spec.run_spec import RunSpec
from ols.training import checkpoint
from ols.training.checkpoint import (
    checkpoint_path,
    list_checkpoints,
    load_newest,
    save_checkpoint,
)
from ols.training.retention import Retention

SPEC = RunSpec.parse({"method": "ols"})


def save(folder, epoch, spec=SPEC):
    text = spec if isinstance(spec, str) else spec.model_dump_json()
    return save_checkpoint(folder, epoch, {"spec": text, "w": torch.full((1000,), float(epoch))})


def test_the_last_two_are_kept(tmp_path):
    for epoch in range(1, 5):
        save(tmp_path, epoch)
    assert list_checkpoints(tmp_path) == [checkpoint_path(tmp_path, epoch) for epoch in (3, 4)]
    assert sorted(tmp_path.iterdir()) == list_checkpoints(tmp_path)  # nothing else is left
    assert load_newest(tmp_path, SPEC)["epoch"] == 4


def test_the_best_and_every_nth_are_kept_beside_the_last(tmp_path):
    keep = Retention(last=1, every=3)
    for epoch in range(1, 9):
        save_checkpoint(tmp_path, epoch, {"spec": SPEC.model_dump_json()}, keep, best_epoch=4)
    there = [checkpoint_path(tmp_path, epoch) for epoch in (3, 4, 6, 8)]
    assert list_checkpoints(tmp_path) == there


def test_an_empty_or_absent_folder_has_none(tmp_path):
    assert load_newest(tmp_path, SPEC) is None
    assert load_newest(tmp_path / "absent", SPEC) is None


def damage_by_cutting(content):
    return content[: len(content) // 2]


def damage_by_a_flipped_byte(content):
    position = content.index(torch.full((1000,), 2.0).numpy().tobytes()) + 777
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


@pytest.mark.parametrize(
    "damage", [damage_by_cutting, damage_by_a_flipped_byte, lambda _: b"", lambda _: b"x" * 99]
)
def test_a_damaged_newest_falls_back_to_the_one_before(tmp_path, damage):
    save(tmp_path, 1)
    path = save(tmp_path, 2)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.warns(UserWarning, match=r"epoch-000002\.pt is damaged.*the one before"):
        state = load_newest(tmp_path, SPEC)
    assert state["epoch"] == 1


@pytest.mark.filterwarnings("ignore:.*is damaged")
def test_when_all_are_damaged_it_is_an_error(tmp_path):
    save(tmp_path, 1).write_bytes(b"")
    with pytest.raises(CheckpointError, match="every checkpoint"):
        load_newest(tmp_path, SPEC)


def test_a_checkpoint_of_another_spec_is_refused(tmp_path):
    save(tmp_path, 1, RunSpec.parse({"method": "hard"}))
    with pytest.raises(CheckpointError, match="another spec"):
        load_newest(tmp_path, SPEC)


def test_a_spec_of_a_version_that_lacked_a_field_is_the_same_spec(tmp_path):
    older = SPEC.model_dump(mode="json")
    del older["devices"], older["method"]["hard_weight"]
    save(tmp_path, 1, json.dumps(older))
    assert load_newest(tmp_path, SPEC)["epoch"] == 1


def test_code_in_a_checkpoint_is_never_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (pytest.fail, ("the pickle ran",))

    torch.save(Evil(), checkpoint_path(tmp_path, 1))
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(CheckpointError, match="every checkpoint"),
    ):
        load_newest(tmp_path, SPEC)


@contextmanager
def small_disk():
    """Lets no file grow beyond 3 kB: the system's own error, as of a full disk.

    Hold it only around the write: the limit is for every file of the process, pytest's log too.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_the_last_good_one(tmp_path):
    save(tmp_path, 1)
    message = r"epoch-000002\.pt can't be written.*free some disk space"
    with pytest.raises(CheckpointError, match=message), small_disk():
        save(tmp_path, 2)
    assert sorted(tmp_path.iterdir()) == [checkpoint_path(tmp_path, 1)]
    assert load_newest(tmp_path, SPEC)["epoch"] == 1


def test_a_failed_sync_leaves_the_old_ones(tmp_path, monkeypatch):
    save(tmp_path, 1)
    failure = OSError(28, "No space left on device")
    monkeypatch.setattr(checkpoint.os, "fsync", lambda _: (_ for _ in ()).throw(failure))
    with pytest.raises(CheckpointError, match="No space left on device"):
        save(tmp_path, 2)
    assert sorted(tmp_path.iterdir()) == [checkpoint_path(tmp_path, 1)]
