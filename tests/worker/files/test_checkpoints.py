"""Each attempt has its own checkpoints and starts from the last one's."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from worker.files.checkpoints import attempt_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_attempt_starts_empty(tmp_path: Path) -> None:
    assert names(attempt_folder(tmp_path / "checkpoints", 1)) == []


def test_an_attempt_starts_from_the_newest_earlier_one(tmp_path: Path) -> None:
    (attempt_folder(tmp_path, 1) / "epoch-000001.pt").write_text("first")
    second = attempt_folder(tmp_path, 2)
    (second / "epoch-000002.pt").write_text("second")
    third = attempt_folder(tmp_path, 3)
    assert names(third) == ["epoch-000001.pt", "epoch-000002.pt"]
    assert names(tmp_path) == [third.name], "earlier folders are gone, their files are linked"


def test_an_attempt_that_wrote_nothing_is_passed_over(tmp_path: Path) -> None:
    old = tmp_path / "attempt-000001"
    old.mkdir()
    (old / "epoch-000004.pt").write_text("x")
    (tmp_path / "attempt-000002").mkdir()
    assert names(attempt_folder(tmp_path, 3)) == ["epoch-000004.pt"]


def test_a_trainer_that_was_given_up_cannot_write_over_its_successor(tmp_path: Path) -> None:
    first = attempt_folder(tmp_path, 1)
    (first / "epoch-000001.pt").write_text("shared")
    second = attempt_folder(tmp_path, 2)
    first.mkdir(exist_ok=True)
    aside = first / "epoch-000001.tmp"
    aside.write_text("from the dead")
    aside.replace(first / "epoch-000001.pt")
    assert (second / "epoch-000001.pt").read_text() == "shared"


def test_a_file_system_without_hard_links_gets_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    (attempt_folder(tmp_path, 1) / "epoch-000001.pt").write_text("copied")
    monkeypatch.setattr(os, "link", refuse)
    assert (attempt_folder(tmp_path, 2) / "epoch-000001.pt").read_text() == "copied"


def test_nothing_beyond_what_is_recorded_is_resumed_from(tmp_path: Path) -> None:
    """As after a backup was restored: the database knows epoch 5, the files are at 20."""
    later = attempt_folder(tmp_path, 4)
    for epoch in (5, 19, 20):
        (later / f"epoch-{epoch:06d}.pt").write_text("x")
    assert names(attempt_folder(tmp_path, 5, recorded=5)) == ["epoch-000005.pt"]


def test_attempts_that_are_counted_again_begin_with_nothing_of_the_old_ones(tmp_path: Path) -> None:
    first = attempt_folder(tmp_path, 1)
    for epoch in (19, 20):
        (first / f"epoch-{epoch:06d}.pt").write_text("x")
    assert names(attempt_folder(tmp_path, 1, recorded=0)) == []
    assert names(tmp_path) == ["attempt-000001"]
