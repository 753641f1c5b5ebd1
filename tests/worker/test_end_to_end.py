"""Real training through Celery's filesystem broker, with a separate worker process."""

from __future__ import annotations

import dataclasses
import math
import re
import sys

import numpy as np
import pytest

from backend.matrix import frames
from backend.store import audits, class_facts, confused, label_sets, matrices, reliability, samples
from backend.store.run_identity import take_folder
from ols.spec.run_spec import RunSpec
from ols.training.checkpoint import save_checkpoint
from ols.training.trainer import Trainer
from tests.support.lab import Lab, is_final
from tests.support.measured import without_times
from worker.trainer import spawn

pytestmark = pytest.mark.slow

NOISE = {"kind": "symmetric", "rate": 0.2}


def test_a_queued_run_trains_to_what_the_library_computes(lab: Lab) -> None:
    run_id = lab.submit(noise=NOISE)
    lab.start_worker()
    lab.wait(run_id, is_final)
    run = lab.run(run_id)
    assert run["state"] == "finished", run["error"]
    assert run["classes"] == list("0123456789")
    trainer = Trainer(RunSpec.parse(run["spec"]), data_dir=lab.config.datasets_dir, threads=1)
    reports = list(trainer)
    epochs, values = lab.recorded(run_id)
    assert epochs == [1, 2, 3]
    for place, report in enumerate(reports):
        recorded = {name: series[place] for name, series in values.items()}
        assert recorded == without_times(report.metrics), "bit for bit"
    with lab.database.read() as session:
        stored = matrices.frame(session, run_id, "soft_labels", 3)
    frame = frames.decode(stored.data, stored.codec, (10, 10))
    np.testing.assert_allclose(frame, reports[-1].matrices["soft_labels"], rtol=1.5e-4, atol=1e-7)
    with lab.database.read() as session:
        found = samples.facts(session, run_id, class_facts.get(session, run_id))
        assert (found.classes, found.size) == (10, 8)
        assert samples.picture(session, found, 9)[8:12] == b"WEBP"
        taken = confused.pairs(session, run_id, found, epoch=None, row=None, limit=200)
        assert taken["epoch"] == 3
        assert taken["pairs"]
        number = taken["pairs"][0]["images"][0]
        assert confused.picture(session, run_id, found, number)[8:12] == b"WEBP"
        diagrams = reliability.diagrams(session, run_id)
        assert [sum(bins) for bins in diagrams["raw"]["count"]] == [359] * 3
    assert "epoch 3/3" in lab.config.log_path(run_id).read_text()
    assert not lab.trainers()
    files = [path for path in lab.config.run_dir(run_id).rglob("*") if path.is_file()]
    assert run["disk_bytes"] == sum(path.stat().st_size for path in files)


def test_a_finished_run_says_which_labels_look_wrong_and_trains_on_what_is_decided(
    lab: Lab,
) -> None:
    with lab.database.write() as session:
        label_sets.put(session, "mended", "digits", {0: None, 5: 3}, "Ada")
    run_id = lab.submit(noise=NOISE, labels={"set": "mended"})
    lab.start_worker()
    lab.wait(run_id, is_final)
    run = lab.run(run_id)
    assert run["state"] == "finished", run["error"]
    assert run["info"]["train_size"] == 1437  # of 1,438 one was dropped
    with lab.database.read() as session:
        facts = audits.facts(session, run_id)
        columns = audits.columns(session, run_id)
        drawn = audits.drawn(session, run_id)
        tile = audits.picture(session, run_id, min(drawn))
        joint = matrices.frame(session, run_id, "noise_joint", 3).decode()
    assert (facts.samples, facts.truth, facts.size) == (1437, True, 8)
    assert 0 not in columns["number"]
    assert columns["given"][columns["number"] == 5] == 3
    assert (len(drawn), tile[8:12]) == (1437, b"WEBP")
    assert joint.sum() == pytest.approx(1, abs=1e-3)


def test_a_run_that_diverges_fails_and_keeps_its_finite_epochs(lab: Lab) -> None:
    """The real trainer process; the rate rises until the weights overflow."""
    claim = lab.claim(
        epochs=8,
        optimizer={"name": "sgd", "lr": 1, "weight_decay": 3},
        schedule={"warmup_epochs": 3},
    )
    run = lab.train(claim)
    assert (run["state"], run["error"]["code"], run["attempt"]) == ("failed", "diverged", 1)
    where = re.match(r"diverged at epoch (\d+), step \d+: .*optimizer\.lr", run["error"]["message"])
    assert where, run["error"]["message"]
    finite = int(where[1]) - 1
    assert finite >= 1
    _, series = lab.recorded(claim.run_id)
    assert all(len(values) == finite for values in series.values())
    for name in ("train_loss", "val_loss"):
        assert all(math.isfinite(value) for value in series[name])
        assert run["summary"][name]["last"] == series[name][-1]
    assert list(lab.config.run_dir(claim.run_id).rglob(f"epoch-{finite:06d}.pt")), "to resume from"


def test_a_dataset_that_is_not_here_fails_with_what_provides_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real trainer process, on a machine without Debian's package."""
    absent = (
        "import sys, pathlib, ols.data.fashion_files as files, worker.trainer.process as process;"
        "files.DEBIAN_FOLDER = pathlib.Path('/nowhere'); sys.exit(process.main())"
    )
    monkeypatch.setattr(spawn, "COMMAND", (sys.executable, "-c", absent))
    claim = lab.claim(dataset="fashion_mnist")
    lab.forks = None
    run = lab.train(claim)
    assert run["state"] == "failed"
    assert run["error"]["code"] == "dataset_unavailable"
    assert "apt-get install dataset-fashion-mnist" in run["error"]["message"]
    assert "dataset_unavailable" in run["error"]["log_tail"]


def test_a_checkpoint_of_another_spec_ends_a_run_with_words_and_stays(lab: Lab) -> None:
    """As a folder would have it that is shared with another lab."""
    other = RunSpec.parse({"method": "hard", "dataset": "digits", "epochs": 3})
    claim = lab.claim()
    take_folder(lab.config, claim.identity)
    folder = lab.config.checkpoint_dir(claim.run_id) / "attempt-000001"
    path = save_checkpoint(folder, 2, {"spec": other.model_dump_json()})
    claim = dataclasses.replace(claim, epoch=2)
    run = lab.train(claim)
    assert (run["state"], run["error"]["code"]) == ("failed", "checkpoint")
    assert (
        "was written for another spec; choose an empty checkpoint folder"
        in (run["error"]["message"])
    )
    assert path.exists()
