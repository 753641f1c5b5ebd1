"""Conditions on any field and metric find the runs that they describe."""

from __future__ import annotations

import pytest

from backend.store import runs
from backend.store.conditions import is_target, parse
from backend.store.database import Database
from backend.store.listing import RunQuery
from tests.support import factories as make


@pytest.fixture
def five(database: Database) -> list[int]:
    """OLS with alpha 0.3, 0.5, 0.7 (epochs 5, 6, 7), hard labels (8), a recorded run (9)."""
    found = [
        make.submit(database, method={"name": "ols", "alpha": alpha}, epochs=5 + i)
        for i, alpha in enumerate((0.3, 0.5, 0.7))
    ]
    found.append(make.submit(database, method="hard", epochs=8))
    found.append(make.submit(database, method="hard", epochs=9, name="told"))
    with database.write() as session:
        for run_id in found[:4]:
            make.requests.pause(session, run_id)
    make.record(database, make.claim(database), 1)
    return found


def matching(database: Database, *texts: str) -> list[int]:
    with database.read() as session:
        query = RunQuery(where=tuple(map(parse, texts)), sort="id")
        return [run["id"] for run in runs.listing(session, query)[0]]


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("spec.method.alpha>=0.5", [1, 2]),
        ("spec.method.alpha = 0.3", [0]),
        ("spec.method.alpha!=0.3", [1, 2, 3, 4]),
        ("spec.method.name=hard", [3, 4]),
        ("spec.method.name~OL", [0, 1, 2]),
        ("spec.epochs<7", [0, 1]),
        ("epochs<7", [0, 1]),
        ("Epochs < 7", [0, 1]),
        ("alpha>=0.5", [1, 2]),
        ("method.alpha>=0.5", [1, 2]),
        ("val top-1>=0", [4]),
        ("best val_top1>1", []),
        ("spec.augment.flip=false", [0, 1, 2, 3, 4]),
        ("spec.nothing.here=1", []),
        ("spec.method.alpha=null", [3, 4]),
        ("spec.method.alpha!=null", [0, 1, 2]),
        ("spec.method.name~null", []),
        ("val_top1.last>=0", [4]),
        ("val_top1.best>1", []),
    ],
)
def test_a_condition_finds_its_runs(
    database: Database, five: list[int], text: str, which: list[int]
) -> None:
    assert matching(database, text) == [five[index] for index in which]


def test_all_of_several_hold(database: Database, five: list[int]) -> None:
    assert matching(database, "spec.method.name=ols", "spec.epochs>5") == five[1:3]


def test_changed_devices_are_found(database: Database, five: list[int]) -> None:
    with database.write() as session:
        make.requests.set_devices(session, five[0], 2)
    assert matching(database, "spec.devices=2") == five[:1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alhpa>3", "did you mean alpha"),
        ("spec.method.alpha", "is no condition"),
        ("spec.method.alpha>", "compares with nothing"),
        ("spec.method.alpha>x", "'x' is no number"),
        ("spec.method.alpha>nan", "is no number"),
        ("val_top1.last~3", "is compared with"),
        ("val_top1.middle>3", "is no condition"),
        ("spec.a;drop table runs=1", "is no condition"),
    ],
)
def test_what_is_no_condition_says_how_to_write_one(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text)


def test_targets() -> None:
    assert is_target("spec.method.alpha")
    assert is_target("val_ece.last")
    assert not any(map(is_target, ("spec.", "val_ece", "spec.Method", "a.b", "spec.x.last;--")))
