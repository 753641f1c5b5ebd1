from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select

from backend.store import (
    attempts,
    claims,
    events,
    leases,
    matrices,
    metrics,
    recorder,
    requests,
    runs,
)
from backend.store.claims import Claim
from backend.store.database import Database
from backend.store.tables import Epoch, MatrixBand
from ols.training.epoch_report import Progress
from tests.support import factories as make

PROGRESS = Progress("training", 1, 30, 3, 7, 1000.0, math.nan)


@pytest.fixture
def claim(database: Database) -> Claim:
    make.submit(database)
    found = make.claim(database)
    with database.write() as session:
        assert recorder.record_info(session, found, make.info()) == "go_on"
    return found


def everything(database: Database, run_id: int) -> tuple[Any, ...]:
    """What pages can see of a run's training, times aside."""
    with database.read() as session:
        run = runs.get(session, run_id)
        return (
            run["summary"],
            run["sparkline"],
            run["progress"]["epoch"],
            metrics.series(session, run_id),
            matrices.listing(session, run_id),
        )


def test_info_stores_facts_and_the_initial_soft_labels(database: Database, claim: Claim) -> None:
    with database.read() as session:
        run = runs.get(session, claim.run_id)
        frame = matrices.frame(session, claim.run_id, "soft_labels", 0)
        event = events.after(session, 0)[-1]
    assert run["classes"] == ["c0", "c1", "c2"]
    assert run["info"]["train_size"] == 100
    assert "initial_soft_labels" not in run["info"]
    np.testing.assert_allclose(frame.decode(), 1 / 3, rtol=2e-4)
    assert event.kind == "state"
    assert event.data["classes"] == run["classes"]


def test_the_labels_that_people_gave_have_the_rate_that_was_counted(database: Database) -> None:
    noise = {"kind": "human", "labels": "worse"}
    run_id = make.submit(database, method="hard", dataset="cifar10", noise=noise)
    taken = make.claim(database)
    transition = np.array([[0.5, 0.5, 0], [0.25, 0.75, 0], [0, 0, 1]], np.float32)
    told = replace(make.info(), corrupted=41, transition=transition)
    with database.write() as session:
        recorder.record_info(session, taken, told)
    with database.read() as session:
        run = runs.get(session, run_id)
        frame = matrices.frame(session, run_id, "noise_transition", 0)
    assert (run["name"], run["noise_rate"]) == ("hard cifar10 worse s0", 0.41)
    assert "transition" not in run["info"]
    np.testing.assert_allclose(frame.decode(), transition, rtol=2e-4)


def test_an_epoch_is_what_the_trainer_computed(database: Database, claim: Claim) -> None:
    make.record(database, claim, 1, val_ece=math.nan, lr=math.inf)
    expected = make.report(1)
    with database.read() as session:
        run = runs.get(session, claim.run_id)
        series = metrics.series(session, claim.run_id)
        confusion = matrices.frame(session, claim.run_id, "confusion", 1)
        soft = matrices.frame(session, claim.run_id, "soft_labels", 1)
        event = events.after(session, 0)[-1]
    assert series["values"]["val_top1"] == [0.01]
    assert series["values"]["val_ece"] == [None]
    assert series["values"]["lr"] == [None]
    np.testing.assert_array_equal(confusion.decode(), expected.matrices["confusion"])
    np.testing.assert_allclose(soft.decode(), expected.matrices["soft_labels"], rtol=1.3e-4)
    assert run["progress"]["epoch"] == 1
    assert run["progress"]["eta_seconds"] == 1.5
    assert event.kind == "epoch"
    assert event.data["metrics"]["val_top1"] == 0.01
    assert event.data["matrices"]["soft_labels"] == soft.version
    assert set(event.data) == {
        *("run_id", "epoch", "epochs", "attempt", "eta_seconds", "metrics", "matrices", "warnings"),
    }, "what pages and clients read, and no copy of what the run's own row says"


def test_recording_an_epoch_twice_changes_nothing(database: Database, claim: Claim) -> None:
    make.record(database, claim, 1, 2, 3)
    before = everything(database, claim.run_id)
    make.record(database, claim, 3)
    assert everything(database, claim.run_id) == before


def test_a_resumed_run_ends_like_an_uninterrupted_one(database: Database, claim: Claim) -> None:
    make.record(database, claim, 1, 2, 3, 4)
    uninterrupted = everything(database, claim.run_id)
    # Its worker went away after epoch 4 was recorded, but the last whole checkpoint is epoch 2's.
    with database.write() as session:
        claims.requeue(session, claim)
    again = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, again, make.info(resumed_epoch=2))
    with database.read() as session:
        run = runs.get(session, claim.run_id)
        assert run["progress"]["epoch"] == 2
        assert run["summary"]["val_top1"] == {"last": 0.02, "best": 0.02, "best_epoch": 2}
        assert metrics.series(session, claim.run_id)["epochs"] == [1, 2]
        assert matrices.listing(session, claim.run_id)[0]["epochs"] == [0, 1, 2]
    make.record(database, again, 3, 4)
    assert everything(database, claim.run_id) == uninterrupted


def test_starting_from_scratch_forgets_all_epochs(database: Database, claim: Claim) -> None:
    make.record(database, claim, 1, 2)
    with database.write() as session:
        recorder.record_info(session, claim, make.info(resumed_epoch=0))
    with database.read() as session:
        run = runs.get(session, claim.run_id)
        assert run["summary"] == {}
        assert run["sparkline"] == []
        assert metrics.series(session, claim.run_id)["epochs"] == []
        assert matrices.listing(session, claim.run_id)[0]["epochs"] == [0]


def test_progress_keeps_one_event_a_run(database: Database, claim: Claim) -> None:
    other_id = make.submit(database)
    other = make.claim(database)
    for _ in range(3):
        for each in (claim, other):
            with database.write() as session:
                recorder.record_progress(session, each, PROGRESS, make.LEASE)
    with database.read() as session:
        progress = [e for e in events.after(session, 0) if e.kind == "progress"]
        run = runs.get(session, claim.run_id)
    assert [e.run_id for e in progress] == [claim.run_id, other_id]
    assert progress[0].data["step"] == 3
    assert progress[0].data["eta_seconds"] is None
    assert progress[0].data["epoch"] == 0, "the last finished epoch"
    assert run["progress"]["images_per_second"] == 1000


@pytest.mark.parametrize("wish", ["go_on", "cancel", "pause", "lost"])
def test_every_report_answers_what_to_do(database: Database, claim: Claim, wish: str) -> None:
    with database.write() as session:
        if wish == "cancel":
            requests.cancel(session, claim.run_id)
        if wish in ("pause", "cancel"):  # a cancel counts more than a pause
            requests.pause(session, claim.run_id)
        if wish == "lost":
            claims.requeue(session, claim)
    if wish == "lost":
        make.claim(database)
    before = everything(database, claim.run_id)
    with database.write() as session:
        answers = {
            recorder.record_info(session, claim, make.info()),
            recorder.record_progress(session, claim, PROGRESS, make.LEASE),
            recorder.record_epoch(session, claim, make.report(1), make.LEASE),
        }
    assert answers == {wish}
    if wish == "lost":
        assert everything(database, claim.run_id) == before, "a lost claim writes nothing"


def test_reports_renew_the_lease(database: Database) -> None:
    make.submit(database)
    claim = make.claim(database)
    with database.write() as session:
        before = leases.held_leases(session)[claim.run_id]
        recorder.record_progress(session, claim, PROGRESS, make.LEASE)
        assert not leases.expire(session, claim.run_id, before)


def test_an_epoch_costs_a_constant_number_of_statements(database: Database, claim: Claim) -> None:
    counts = []
    for epoch in range(1, 80):
        with make.counted(database) as statements:
            make.record(database, claim, epoch)
        counts.append(len(statements))
    assert set(counts) <= {9, 10}, counts  # 10 with PostgreSQL's lock for the events' order
    assert len(set(counts)) == 1


def test_a_sparkline_has_sixty_points_at_most(database: Database, claim: Claim) -> None:
    make.record(database, claim, *range(1, 100))
    with database.read() as session:
        line = runs.get(session, claim.run_id)["sparkline"]
    assert len(line) == 60
    assert (line[0], line[-1]) == (0.01, 0.99)
    assert line == sorted(line)


def test_many_classes_get_a_preview(database: Database, claim: Claim) -> None:
    with database.write() as session:
        recorder.record_epoch(session, claim, make.report(1, k=300), make.LEASE)
    with database.read() as session:
        small = matrices.frame(session, claim.run_id, "soft_labels", 1, preview=True)
        whole = matrices.frame(session, claim.run_id, "soft_labels", 1)
    assert whole.shape == (300, 300)
    assert small.shape == (150, 150)
    assert np.diag(small.decode()).min() == pytest.approx(0.5, rel=2e-4)


def test_thinned_matrices_keep_the_first_every_nth_and_the_newest(database: Database) -> None:
    run_id = make.submit(database, keep_matrices=4)
    claim = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, claim, make.info())
    for epoch in range(1, 11):
        make.record(database, claim, epoch)
        with database.read() as session:
            kept = [item.epoch for item in matrices.versions(session, run_id, "soft_labels")]
            assert matrices.frame(session, run_id, "confusion", epoch).shape == (3, 3)
        assert kept == sorted({0, 1, *(e for e in (4, 8) if e <= epoch), epoch})
    with database.read() as session:
        bands = session.scalars(select(MatrixBand.epoch).distinct()).all()
        assert len(metrics.series(session, run_id)["epochs"]) == 10
    assert sorted(bands) == [0, 1, 4, 8, 10]


def test_a_trainer_that_is_ahead_of_the_database_must_go_back(database: Database) -> None:
    """As after a backup was restored while it trained."""
    make.submit(database)
    claim = make.claim(database)
    with database.write() as session:
        assert recorder.record_info(session, claim, make.info(resumed_epoch=2)) == "behind"
        assert recorder.record_info(session, claim, make.info()) == "go_on"
        assert recorder.record_epoch(session, claim, make.report(1), make.LEASE) == "go_on"
        assert recorder.record_epoch(session, claim, make.report(3), make.LEASE) == "behind"
        assert metrics.series(session, claim.run_id)["epochs"] == [1]


def test_a_run_with_a_gap_is_not_finished(database: Database) -> None:
    run_id = make.submit(database, epochs=4)
    claim = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, claim, make.info())
        for epoch in range(1, 5):
            recorder.record_epoch(session, claim, make.report(epoch, epochs=4), make.LEASE)
        session.execute(delete(Epoch).where(Epoch.epoch == 3))  # by whatever hand
        assert recorder.finish(session, claim)
    with database.read() as session:
        run = runs.get(session, run_id)
        assert (run["state"], run["progress"]["epoch"]) == ("queued", 2)
        assert "lacks epoch 3" in attempts.listing(session, run_id)[-1]["reason"]
        assert metrics.series(session, run_id)["epochs"] == [1, 2]
    again = make.claim(database)
    assert again.epoch == 2
    with database.write() as session:
        recorder.record_info(session, again, make.info(resumed_epoch=2))
        for epoch in (3, 4):
            recorder.record_epoch(session, again, make.report(epoch, epochs=4), make.LEASE)
        assert recorder.finish(session, again)
        assert runs.get(session, run_id)["state"] == "finished"
