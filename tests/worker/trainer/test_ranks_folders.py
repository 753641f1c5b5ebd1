"""What a killed launcher leaves behind goes once its attempt is over."""

from __future__ import annotations

from pathlib import Path

from backend.store import claims
from backend.store.claims import Claim
from tests.support.lab import Lab
from worker.trainer import ranks_folders


def made(lab: Lab, claim: Claim) -> Path:
    folder = ranks_folders.folder_of(lab.config, claim)
    (folder / "attempt_0").mkdir(parents=True)
    return folder


def test_the_folder_of_an_attempt_that_is_over_is_swept(lab: Lab) -> None:
    first = lab.claim(devices=2)
    over = made(lab, first)
    ranks_folders.sweep(lab.config, lab.database)
    assert over.exists(), "it runs"
    with lab.database.write() as session:
        assert claims.requeue(session, first)
    second = lab.claim_queued(devices=2)
    current = made(lab, second)
    assert current != over
    ranks_folders.sweep(lab.config, lab.database)
    assert (over.exists(), current.exists()) == (False, True)


def test_nothing_to_sweep_is_no_error(lab: Lab) -> None:
    ranks_folders.sweep(lab.config, lab.database)
    ranks_folders.remove(lab.config, Claim(1, 1, {}, ""))


def test_an_attempt_removes_its_own_folder_alone(lab: Lab) -> None:
    claim = Claim(1, 1, {}, "")
    own, other = made(lab, claim), made(lab, Claim(1, 11, {}, ""))
    ranks_folders.remove(lab.config, claim)
    assert (own.exists(), other.exists()) == (False, True)
