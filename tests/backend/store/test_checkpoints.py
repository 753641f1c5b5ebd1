"""Which checkpoints a run has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend.core.settings import Settings
from backend.store.checkpoints import Checkpoint, checkpoints, current
from backend.store.database import Database
from backend.store.run_identity import RunIdentity
from tests.support import factories as make

OLD = RunIdentity(1, "", "lab")  # a run from before runs had a UID


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / f"{name}.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def test_each_epoch_comes_from_its_latest_attempt(tmp_path: Path) -> None:
    config = Settings(_env_file=None, data_dir=tmp_path)
    assert checkpoints(config, OLD) == []
    folder = config.checkpoint_dir(1)
    write(folder, *(f"attempt-000001/epoch-00000{n}" for n in (4, 7, 8)))
    write(folder, "attempt-000002/epoch-000007", "attempt-000002/epoch-000009.1.tmp")
    found = [(one.epoch, one.attempt, one.size) for one in checkpoints(config, OLD)]
    size = len("attempt-000001/epoch-000004")
    assert found == [(4, 1, size), (7, 2, size)], "8 was abandoned: attempt 2 resumed before it"


def test_a_later_attempt_without_a_checkpoint_gives_nothing_up() -> None:
    first = [Checkpoint(epoch, 1, 1, Path("x")) for epoch in (1, 2)]
    assert current(first) == first
    assert current([]) == []


@pytest.mark.slow
def test_the_last_the_best_and_any_epoch_can_be_had(
    client: Any, database: Database, config: Settings
) -> None:
    run_id = make.trained(database, epochs=3)
    address = f"/api/runs/{run_id}/checkpoint"
    assert client.get(f"{address}s").json() == {"checkpoints": []}
    assert "no checkpoint yet" in client.get(address).json()["error"]["message"]
    make.take_folder(config, database, run_id)
    names = [f"attempt-000001/epoch-00000{n}" for n in (1, 2, 3)]
    write(config.checkpoint_dir(run_id), *names)
    found = client.get(f"{address}s").json()["checkpoints"]
    assert found == [{"epoch": n, "bytes": len(names[0])} for n in (1, 2, 3)]
    for epoch, n in (("", 3), ("?epoch=last", 3), ("?epoch=best", 3), ("?epoch=1", 1)):
        answer = client.get(address + epoch)
        assert answer.text == names[n - 1]
        assert f"run-{run_id}-epoch-{n}.pt" in answer.headers["content-disposition"]
    missing = client.get(f"{address}?epoch=7")
    assert missing.status_code == 404
    assert "those of 1, 2, 3" in missing.json()["error"]["message"]
    assert client.get(f"{address}?epoch=worst").status_code == 422


@pytest.mark.parametrize("path", ["checkpoint", "checkpoints"])
def test_a_run_that_is_not_there_has_none(client: Any, path: str) -> None:
    assert client.get(f"/api/runs/99/{path}").status_code == 404
