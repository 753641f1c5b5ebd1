"""A number that comes back with a restored backup leads to no other run's files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from backend.core.settings import Settings
from backend.store.database import Database
from backend.store.run_identity import FILE, RunIdentity, identity_of, take_folder
from tests.support import factories as make


def identity(database: Database, run_id: int) -> RunIdentity:
    with database.read() as session:
        return identity_of(session, run_id)


def test_every_run_has_a_uid_of_its_own(database: Database) -> None:
    first, second = (identity(database, make.submit(database)) for _ in range(2))
    assert first.uid != second.uid
    assert first.lab == second.lab
    assert len(first.uid) == len(first.lab) == 32


def test_a_claim_names_the_files_that_are_its_own(database: Database) -> None:
    run_id = make.submit(database)
    assert make.claim(database).identity == identity(database, run_id)


def test_a_folder_is_taken_once(config: Settings, database: Database) -> None:
    run = identity(database, make.submit(database))
    assert take_folder(config, run) is None
    folder = config.run_dir(run.run_id)
    (folder / "train.log").write_text("mine")
    assert take_folder(config, run) is None
    assert (folder / "train.log").read_text() == "mine"
    assert json.loads((folder / FILE).read_text()) == {"lab": run.lab, "run": run.uid}


def test_a_strangers_files_are_neither_served_nor_lost(
    client: Any, config: Settings, database: Database
) -> None:
    old = make.take_folder(config, database, make.submit(database))
    (old / "train.log").write_text("another run's")
    (old / "checkpoints" / "attempt-000001").mkdir(parents=True)
    (old / "checkpoints" / "attempt-000001" / "epoch-000020.pt").write_bytes(b"another run's")
    run_id = make.submit(database)
    shutil.copytree(old, config.run_dir(run_id))  # as where numbers are given out again
    address = f"/api/runs/{run_id}"
    assert client.get(f"{address}/log").text == ""
    assert client.get(f"{address}/checkpoint").status_code == 404
    assert client.get(f"{address}/checkpoints").json() == {"checkpoints": []}
    aside = take_folder(config, identity(database, run_id))
    assert aside == config.run_dir(run_id).with_name(f"{run_id}.set-aside-1")
    assert (aside / "train.log").read_text() == "another run's"
    assert [path.name for path in config.run_dir(run_id).iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"lab": "x"}'])
def test_a_damaged_identity_is_nobodys(config: Settings, database: Database, content: str) -> None:
    run = identity(database, make.submit(database))
    folder = config.run_dir(run.run_id)
    folder.mkdir(parents=True)
    (folder / FILE).write_text(content)
    assert not run.owns(folder)
    assert take_folder(config, run) is not None


def test_runs_from_before_keep_their_folders(config: Settings, tmp_path: Path) -> None:
    old = RunIdentity(3, "", "lab")
    folder = config.run_dir(3)
    folder.mkdir(parents=True)
    (folder / "train.log").write_text("old")
    assert old.owns(folder)
    assert take_folder(config, old) is None
    assert old.name == "3"
    (folder / FILE).write_text('{"lab": "lab", "run": "new"}')
    assert not old.owns(folder)
