"""The run page's head: a silent worker, and what was measured at the end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import update

from backend.store import recorder, requests
from backend.store.database import Database
from backend.store.tables import Run
from ols.spec.metrics import shown
from tests.support import factories as make

FINAL = {
    "test_top1": 0.813,
    "test_top5": 0.97,
    "test_nll": 0.61,
    "test_ece": 0.032,
    "test_ece_scaled": 0.011,
    "test_best_top1": 0.815,
    "test_fgsm_top1": 0.201,
    "test_pgd_top1": 0.04,
    "test_pgd_worst_top1": 0.03,
    "test_autoattack_top1": 0.01,
    "test_ema_top1": 0.816,
    "test_ema_ece": 0.03,
    "test_ensemble_top1": 0.822,
    "test_ensemble_nll": 0.58,
    "test_ensemble_ece": 0.02,
}


def heads(client: Any, run_id: int) -> list[str]:
    """As the page holds it, and as it is fetched alone."""
    found = [
        client.get(path).text for path in (f"/runs/{run_id}", f"/fragments/runs/{run_id}/head")
    ]
    return [re.sub(r"\s+", " ", text) for text in found]


def test_a_cancelled_run_of_a_dead_worker_says_when_it_ends(
    client: Any, database: Database
) -> None:
    run_id = make.submit(database)
    claim = make.claim(database)
    assert all('data-testid="stale-worker"' not in text for text in heads(client, run_id))
    with database.write() as session:
        requests.cancel(session, run_id)
        soon = datetime.now(UTC) + timedelta(seconds=8.5)
        session.execute(update(Run).where(Run.id == claim.run_id).values(lease_expires_at=soon))
    for text in heads(client, run_id):
        assert re.search(
            r"not responded for 2[12] s\. Unless it recovers, its lease ends in [789] s", text
        )
        assert "then the run is cancelled" in text
    run = client.get(f"/api/runs/{run_id}").json()
    assert run["lease_expires_at"] == soon.isoformat().replace("+00:00", "Z")


def test_what_the_end_measured_is_shown_in_a_line(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    claim = make.claim(database)
    with database.write() as session:
        recorder.record_epoch(session, claim, make.report(1, **FINAL), make.LEASE)
    for text in heads(client, run_id):
        (line,) = re.findall(r'data-testid="final-test">(.*?)</dl>', text)
        shown = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", line)
        assert shown == [
            ("top-1", "81.3%"),
            ("top-5", "97.0%"),
            ("ECE", "3.2%"),
            ("NLL", "0.610"),
            ("scaled ECE", "1.1%<small>temperature fitted on test</small>"),
            ("top-1, best epoch", "81.5%"),
            ("FGSM top-1", "20.1%"),
            ("PGD top-1", "4.0%"),
            ("worst PGD top-1", "3.0%"),
            ("AutoAttack top-1", "1.0%"),
            ("top-1, ensemble", "82.2%"),
            ("ECE, ensemble", "2.0%"),
            ("NLL, ensemble", "0.580"),
            ("top-1, EMA", "81.6%"),
            ("ECE, EMA", "3.0%"),
        ]


def test_without_final_measures_there_is_no_line(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    assert all("final-test" not in text for text in heads(client, run_id))


def test_the_line_is_what_the_catalogue_shows_there() -> None:
    assert set(FINAL) | {"test_best_ece"} == {each.name for each in shown("final")}


def test_the_rate_of_wrong_labels_is_the_one_that_was_counted(
    client: Any, database: Database
) -> None:
    noise = {"kind": "human", "labels": "worse"}
    run_id = make.submit(database, method="hard", dataset="cifar10", noise=noise)
    claim = make.claim(database)
    assert all("wrong labels" not in text for text in heads(client, run_id))
    matrix = np.eye(3, dtype=np.float32)
    info = replace(make.info(), train_size=50_000, corrupted=20_104, transition=matrix)
    with database.write() as session:
        recorder.record_info(session, claim, info)
    for text in heads(client, run_id):
        assert "40.2% wrong labels (Human labels (CIFAR-N), worse)" in text
    assert "Label noise (given labels per true class)" in heads(client, run_id)[0]


def test_of_many_deleted_runs_each_can_be_restored_on_its_page(
    client: Any, database: Database
) -> None:
    with database.write() as session:
        specs = [make.spec(seed=seed) for seed in range(502)]
        runs = requests.submit_many(session, specs, name="one of many", tags=[])
        numbers = [run.id for run in runs]
        session.execute(update(Run).values(state="finished", deleted_at=datetime.now(UTC)))
    page = client.get(f"/runs/{numbers[0]}", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "Restore" in page.text
    assert "one of many" in page.text
    gone = client.get(f"/runs/{numbers[-1] + 1}", headers={"Accept": "text/html"})
    assert gone.status_code == 404
    assert "Restore" not in gone.text
