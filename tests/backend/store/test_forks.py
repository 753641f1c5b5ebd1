"""A fork has its parent's epochs and a checkpoint of its own, whatever becomes of the parent."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from backend.core.settings import Settings
from backend.store import forks, label_sets, matrices, metrics, recorder, requests, runs
from backend.store.database import Database
from backend.store.errors import Conflict, NotFound, Refused, Unfit
from backend.store.forks import Wish
from backend.store.purge import purge_deleted
from backend.store.tables import Run
from ols.errors import ForkError
from ols.spec.fork import Start
from tests.support import factories as make

NOISE = {"kind": "symmetric", "rate": 0.2}


def parent_of(database: Database, config: Settings, *kept: int, **values: Any) -> int:
    """A finished run with six epochs, that keeps the checkpoints of some."""
    run_id = make.submit(database, epochs=6, **values)
    held = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, held, make.info())
    make.record(database, held, *range(1, 7), epochs=6)
    with database.write() as session:
        assert recorder.finish(session, held)
    make.take_folder(config, database, run_id)
    folder = config.checkpoint_dir(run_id) / "attempt-000001"
    folder.mkdir(parents=True)
    for epoch in kept:
        (folder / f"epoch-{epoch:06d}.pt").write_text(f"run {run_id}, epoch {epoch}")
    return run_id


def fork(database: Database, config: Settings, run_id: int, epoch: int, **wish: Any) -> int:
    with database.write() as session:
        return forks.fork(session, config, run_id, Wish(epoch, **wish)).id


def parent_files(config: Settings, run_id: int) -> dict[str, str]:
    folder = config.parent_dir(run_id)
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*.pt")}


def test_a_fork_has_its_parents_epochs_and_waits_to_train_the_rest(
    database: Database, config: Settings
) -> None:
    parent = parent_of(database, config, 4, tags=["a"])
    number = fork(database, config, parent, 4, changes={"method.alpha": 0.9})
    with database.read() as session:
        run = runs.get(session, number)
        one, other = (metrics.series(session, each) for each in (parent, number))
        frames = [matrices.frame(session, each, "soft_labels", 4).data for each in (parent, number)]
        listed = {item["kind"]: item["epochs"] for item in matrices.listing(session, number)}
    assert (run["state"], run["progress"]["epoch"], run["attempt"]) == ("queued", 4, 0)
    assert run["parent"] == {"run": parent, "epoch": 4}
    assert run["spec"]["method"]["alpha"] == 0.9
    assert (run["tags"], run["classes"]) == (["a"], ["c0", "c1", "c2"])
    assert other["epochs"] == [1, 2, 3, 4]
    assert other["values"]["val_top1"] == one["values"]["val_top1"][:4]
    assert run["summary"]["val_top1"] == {"last": 0.04, "best": 0.04, "best_epoch": 4}
    assert run["sparkline"] == [0.01, 0.02, 0.03, 0.04]
    assert frames[0] == frames[1]
    assert listed["soft_labels"] == [0, 1, 2, 3, 4]
    assert listed["confusion"] == [1, 2, 3, 4]
    assert run["name"].endswith("@4 α=0.9")


def test_parent_and_forks_name_each_other(database: Database, config: Settings) -> None:
    parent = parent_of(database, config, 4)
    number = fork(database, config, parent, 4)
    with database.read() as session:
        (child,) = runs.get(session, parent)["forks"]
        (row,) = runs.rows(session, [number])
    assert (child["id"], child["epoch"], child["state"]) == (number, 4, "queued")
    assert row["parent"] == {"run": parent, "epoch": 4}
    with database.write() as session:
        requests.delete(session, number)
    with database.read() as session:
        assert not runs.get(session, parent)["forks"]


def test_a_checkpoint_costs_no_copy_and_outlives_the_parent(
    database: Database, config: Settings
) -> None:
    parent = parent_of(database, config, 4)
    number = fork(database, config, parent, 4)
    own = config.parent_dir(number) / "epoch-000004.pt"
    theirs = next(config.checkpoint_dir(parent).rglob("*.pt"))
    assert own.samefile(theirs), "a hard link"
    theirs.unlink()  # its trainer keeps the last two
    with database.write() as session:
        requests.delete(session, parent)
    make.set_columns(database, parent, deleted_at=make.STARTED)
    assert purge_deleted(database, config) == [parent]
    assert parent_files(config, number) == {"epoch-000004.pt": f"run {parent}, epoch 4"}
    with database.read() as session:
        assert runs.get(session, number)["parent"] == {"run": parent, "epoch": 4}
        assert metrics.series(session, number)["epochs"] == [1, 2, 3, 4]
    claim = make.claim(database)
    assert (claim.run_id, claim.epoch) == (number, 4)
    assert claim.fork_point is not None
    assert (claim.fork_point["epoch"], claim.fork_point["start"]["order"]) == (4, "kept")


def test_a_fork_goes_on_after_its_parents_epochs(database: Database, config: Settings) -> None:
    parent = parent_of(database, config, 4, noise=NOISE)
    number = fork(database, config, parent, 4)
    claim = make.claim(database)
    with database.write() as session:
        assert recorder.record_info(session, claim, make.info(resumed_epoch=4)) == "go_on"
    make.record(database, claim, 5, 6, epochs=6)
    with database.write() as session:
        assert recorder.finish(session, claim)
    with database.read() as session:
        assert runs.get(session, number)["state"] == "finished"
        assert metrics.series(session, number)["epochs"] == [1, 2, 3, 4, 5, 6]
        assert matrices.version(session, number, "soft_labels", 0)


def test_what_the_parent_measured_at_its_end_is_not_the_forks(
    database: Database, config: Settings
) -> None:
    parent = make.submit(database, epochs=2, eval_on="holdout")
    held = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, held, make.info())
    make.record(database, held, 1, epochs=2)
    with database.write() as session:
        last = make.report(2, epochs=2, test_top1=0.9)
        recorder.record_epoch(session, held, last, make.LEASE)
    make.take_folder(config, database, parent)
    path = config.checkpoint_dir(parent) / "attempt-000001" / "epoch-000002.pt"
    path.parent.mkdir(parents=True)
    path.write_text("a checkpoint")
    number = fork(database, config, parent, 2, changes={"epochs": 4})
    with database.read() as session:
        assert runs.get(session, parent)["summary"]["test_top1"]["last"] == 0.9
        assert "test_top1" not in runs.get(session, number)["summary"]
        assert "test_top1" not in metrics.series(session, number)["names"]


def test_a_checkpoint_that_is_gone_is_a_conflict_that_says_what_there_is(
    database: Database, config: Settings
) -> None:
    parent = parent_of(database, config, 2, 6)
    with pytest.raises(Conflict) as error:
        fork(database, config, parent, 4)
    assert "no checkpoint of epoch 4, only those of 2, 6" in str(error.value)
    assert "trains 2 epochs again first, from epoch 2" in str(error.value)
    with database.read() as session:
        assert session.query(Run).count() == 1, "nothing is left behind"
    number = fork(database, config, parent, 4, retrain=True)
    assert parent_files(config, number) == {"epoch-000002.pt": f"run {parent}, epoch 2"}


def test_without_any_checkpoint_it_is_trained_from_the_beginning(
    database: Database, config: Settings
) -> None:
    parent = parent_of(database, config)
    with pytest.raises(Conflict, match=r"none at all.* from the beginning"):
        fork(database, config, parent, 3)
    number = fork(database, config, parent, 3, retrain=True)
    assert not parent_files(config, number)
    claim = make.claim(database)
    assert claim.fork_point is not None
    assert (claim.fork_point["threads"], claim.fork_point["spec"]["epochs"]) == (1, 6)


def test_a_fork_of_a_fork_is_one_of_the_epochs_that_it_trained(
    database: Database, config: Settings
) -> None:
    parent = parent_of(database, config, 2)
    first = fork(database, config, parent, 2)
    claim = make.claim(database)
    make.record(database, claim, 3, 4, epochs=6)
    for epoch in (1, 2):
        with pytest.raises(Unfit) as error:
            fork(database, config, first, epoch)
        assert error.value.field == "epoch"
        assert f"are run {parent}'s: fork run {parent} there" in str(error.value)
    second = fork(database, config, first, 4, retrain=True)
    assert parent_files(config, second) == {"parent/epoch-000002.pt": f"run {parent}, epoch 2"}
    with database.read() as session:
        fork_point = session.get_one(Run, second).fork_point
    assert fork_point is not None
    assert (fork_point["run"], fork_point["fork_point"]["run"]) == (first, parent)


@pytest.mark.parametrize(("epoch", "path"), [(7, "epoch"), (6, "set.epochs")])
def test_an_epoch_that_is_not_there_names_its_field(
    database: Database, config: Settings, epoch: int, path: str
) -> None:
    parent = parent_of(database, config, 6)
    with pytest.raises((Unfit, ForkError)) as error:
        fork(database, config, parent, epoch)
    fault = error.value
    assert (fault.field if isinstance(fault, Unfit) else fault.fields[0].path) == path


def test_what_can_not_be_forked_says_why(database: Database, config: Settings) -> None:
    with pytest.raises(NotFound):
        fork(database, config, 99, 1)
    parent = parent_of(database, config, 6)
    with database.write() as session:
        requests.delete(session, parent)
    with pytest.raises(NotFound):
        fork(database, config, parent, 6)
    with database.write() as session:
        requests.restore(session, parent)
    with pytest.raises(ForkError, match="a fork can't change it"):
        fork(database, config, parent, 6, changes={"model": "cifar_resnet18", "epochs": 9})
    with pytest.raises(Unfit, match="there is no label set") as error:
        fork(database, config, parent, 6, changes={"labels.set": "none", "epochs": 9})
    assert error.value.field == "set.labels.set"


def test_a_fork_takes_the_newest_version_of_a_label_set(
    database: Database, config: Settings
) -> None:
    with database.write() as session:
        label_sets.put(session, "mended", "digits", {0: None}, "Ada")
    parent = parent_of(database, config, 4, labels={"set": "mended"}, dataset="digits")
    with database.write() as session:
        label_sets.put(session, "mended", "digits", {1: None}, "Ada")
    versions = []
    for changes in ({}, {"labels.set": "mended"}):
        number = fork(database, config, parent, 4, changes=changes)
        with database.read() as session:
            versions.append(session.get_one(Run, number).spec["labels"]["version"])
    assert versions == [1, 2]


def test_a_fork_is_not_cloned_into_a_run_from_scratch(database: Database, config: Settings) -> None:
    parent = parent_of(database, config, 4)
    number = fork(database, config, parent, 4)
    with database.write() as session, pytest.raises(Refused, match="fork run 1 again"):
        requests.clone(session, number)


def test_two_forks_at_once_are_two_runs(database: Database, config: Settings) -> None:
    parent = parent_of(database, config, 4)
    numbers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda seed=seed: numbers.append(
                fork(database, config, parent, 4, start=Start(seed=seed))
            )
        )
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 4
    with database.read() as session:
        names = {fork["name"] for fork in runs.get(session, parent)["forks"]}
    assert len(names) == 4, "each by its own seed"
    for number in numbers:
        assert parent_files(config, number) == {"epoch-000004.pt": f"run {parent}, epoch 4"}


def test_a_checkpoint_that_goes_in_that_moment_leaves_no_run(
    database: Database, config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = parent_of(database, config, 4)

    def gone(_source: Path, _target: Path) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("backend.store.fork_files.link_or_copy", gone)
    with pytest.raises(Conflict, match="removed just now"):
        fork(database, config, parent, 4)
    monkeypatch.undo()
    number = fork(database, config, parent, 4)
    assert parent_files(config, number), "the number's folder was another's, and is set aside"
