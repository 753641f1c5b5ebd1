"""Forks through the real worker: exactly their parent where nothing changes."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest

from backend.store import forks, matrices, metrics, requests
from backend.store.forks import Wish
from backend.store.tables import Run
from ols.spec.fork import Start
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from tests.support.lab import Lab
from tests.support.measured import without_times

pytestmark = pytest.mark.slow

NOISE = {"kind": "symmetric", "rate": 0.2}


def train(lab: Lab) -> int:
    """Trains the run that is queued to its end."""
    run = lab.train(lab.claim_queued())
    assert run["state"] == "finished", run["error"]
    return run["id"]


def parent_of(lab: Lab, **spec: Any) -> int:
    """A finished run; with precision `auto` one that took bf16 in an attempt before."""
    fields = {"epochs": 4, "noise": NOISE, "keep_checkpoints": 1, "batch_size": 512, **spec}
    run_id = lab.submit(**fields)
    if spec.get("precision") == "auto":
        with lab.database.write() as session:
            session.get_one(Run, run_id).info = {"precision": "bf16"}
    return train(lab)


def fork(lab: Lab, run_id: int, epoch: int, **wish: Any) -> int:
    with lab.database.write() as session:
        number = forks.fork(session, lab.config, run_id, Wish(epoch, **wish)).id
    assert train(lab) == number
    return number


def recorded(lab: Lab, run_id: int) -> tuple[list[int], Any, list[bytes]]:
    """Epochs, metrics and soft labels of each epoch, as they are stored."""
    with lab.database.read() as session:
        series = metrics.series(session, run_id)
        frames = [
            matrices.frame(session, run_id, "soft_labels", epoch).data
            for epoch in (0, *series["epochs"])
        ]
    return series["epochs"], without_times(series["values"]), frames


def test_an_unchanged_fork_is_its_parent_bit_by_bit_though_that_is_deleted(lab: Lab) -> None:
    parent = parent_of(lab)
    expected = recorded(lab, parent)
    with lab.database.write() as session:
        number = forks.fork(session, lab.config, parent, Wish(2)).id
        requests.delete(session, parent)
    shutil.rmtree(lab.config.run_dir(parent))
    assert train(lab) == number
    assert recorded(lab, number) == expected
    log = lab.config.log_path(number).read_text()
    assert "epoch 3/4" in log
    assert "epoch 2/4" not in log, "what is the parent's is not trained again"


def test_a_missing_checkpoint_is_trained_up_to_again_exactly(lab: Lab) -> None:
    """From the nearest earlier one, and from the beginning where there is none; in the parent's
    precision, whatever this machine would take."""
    parent = parent_of(lab, precision="auto")
    folder = next(lab.config.checkpoint_dir(parent).iterdir())
    (folder / "epoch-000002.pt").unlink()
    number = fork(lab, parent, 2, retrain=True)
    assert recorded(lab, number) == recorded(lab, parent)
    log = lab.config.log_path(number).read_text()
    assert f"run {parent} keeps no checkpoint of epoch 2: training up to it again" in log
    assert "  epoch 2 of 2 again" in log
    assert "  epoch 1 of 2 again" not in log
    shutil.rmtree(folder)
    last = fork(lab, parent, 2, retrain=True)
    assert recorded(lab, last) == recorded(lab, parent)
    assert {lab.run(each)["info"]["precision"] for each in (parent, number, last)} == {"bf16"}


def test_a_changed_fork_is_what_the_library_trains_from_that_checkpoint(lab: Lab) -> None:
    from ols.training.fork import ForkPoint

    parent = parent_of(lab, method="hard")
    start = Start(seed=5, schedule="rest")
    changes = {"method": "ols", "noise.rate": 0.4}
    number = fork(lab, parent, 2, changes=changes, start=start)
    run = lab.run(number)
    path = next(lab.config.checkpoint_dir(parent).rglob("epoch-000002.pt"))
    trainer = Trainer(
        RunSpec.parse(run["spec"]),
        data_dir=lab.config.datasets_dir,
        threads=1,
        fork_point=ForkPoint(path, 2, start),
    )
    _, values, _ = recorded(lab, number)
    for place, report in enumerate(trainer, start=2):
        now = {name: series[place] for name, series in values.items()}
        assert now == without_times(report.metrics), "bit for bit"
    with lab.database.read() as session:
        drawn = [
            matrices.frame(session, each, "noise_transition", 0).finite()
            for each in (parent, number)
        ]
    assert np.diag(drawn[1]).mean() < np.diag(drawn[0]).mean(), "its own noise"


def test_a_fork_of_a_fork_can_be_trained_up_to_again(lab: Lab) -> None:
    parent = parent_of(lab)
    first = fork(lab, parent, 1, changes={"method.alpha": 0.9}, start=Start(schedule="rest"))
    shutil.rmtree(lab.config.checkpoint_dir(first))
    assert recorded(lab, fork(lab, first, 3, retrain=True)) == recorded(lab, first)
