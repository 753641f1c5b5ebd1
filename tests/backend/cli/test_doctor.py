"""The doctor: each thing that can be wrong is found, with what to do about it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from backend.cli import checks
from backend.cli.checks import examine
from backend.cli.doctor import doctor, lines
from backend.cli.finding import Finding
from backend.core.code_version import code_version, words
from backend.core.settings import Settings
from backend.store import workers
from backend.store.database import Database
from tests.support import factories as make
from tests.support.ports import free_port


def findings(config: Settings, subject: str) -> list[Finding]:
    return [one for one in examine(config) if one.subject == subject]


def beat(database: Database, name: str = "w", **changes: Any) -> None:
    slot = {"index": 0, "device": "cpu", "device_name": "CPU", "run_id": None}
    facts: dict[str, Any] = {
        "host": "h",
        "pid": 1,
        "slots": [slot],
        "datasets": {"digits": {"available": True, "detail": ""}},
        "versions": {"torch": "2.11", **code_version()},
        "started_at": make.STARTED,
    }
    with database.write() as session:
        workers.heartbeat(session, name=name, **facts | changes)


def test_a_lab_in_order_passes(
    config: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    beat(database)
    assert doctor(config) == 0
    said = capsys.readouterr().out
    assert "FAIL" not in said
    for expected in ("ok   database   SQLite", "ok   queue", "1 online with 1 slots", "digits"):
        assert expected in said


def test_without_a_worker_it_says_how_to_start_one(config: Settings) -> None:
    [finding] = findings(config, "workers")
    assert finding.level == "warning"
    assert "celery -A worker.app worker" in finding.advice
    assert doctor(config) == 0, "a warning is no failure"


def test_a_misspelt_setting_is_named(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLS_DATABSE_URL", "x")
    [finding] = findings(config, "settings")
    assert "OLS_DATABSE_URL" in finding.detail
    assert ".env.example" in finding.advice


@pytest.mark.parametrize(
    ("revision", "advice"), [("9999", "Update the code"), ("0001", "python -m backend migrate")]
)
def test_a_database_of_another_version(
    config: Settings, database: Database, revision: str, advice: str
) -> None:
    with database.write() as session:
        session.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    [finding] = findings(config, "database")
    assert finding.level == "error"
    assert advice in finding.advice
    assert doctor(config) == 1


def test_servers_that_are_away_are_named_without_their_passwords(
    config: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    config.database_url = f"postgresql://ols:hush@127.0.0.1:{free_port()}/ols"
    config.broker_url = f"redis://:hush@127.0.0.1:{free_port()}/0"
    assert doctor(config) == 1
    said = capsys.readouterr().out
    assert said.count("FAIL") == 2
    assert said.count("refused") >= 2
    assert "OLS_DATABASE_URL" in said
    assert "OLS_BROKER_URL" in said
    assert "hush" not in said


@pytest.mark.parametrize(("room", "level"), [(20e9, "ok"), (5e9, "warning"), (1e8, "error")])
def test_a_disk_that_fills_up(
    config: Settings, monkeypatch: pytest.MonkeyPatch, room: float, level: str
) -> None:
    usage = checks.shutil.disk_usage(config.data_dir)
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: usage._replace(free=int(room)))
    [finding] = findings(config, "disk")
    assert finding.level == level


def test_a_run_that_is_too_large_for_every_worker(config: Settings, database: Database) -> None:
    beat(database)
    make.submit(database, devices=3)
    [finding] = findings(config, "runs")
    assert (finding.level, finding.detail[:8]) == ("warning", "1 queued")


def test_what_workers_lack_and_what_does_not_fit_together(
    config: Settings, database: Database
) -> None:
    beat(database, "a")
    gpu = {"index": 0, "device": "cuda:0", "device_name": "H200", "run_id": None}
    lacking = {"digits": {"available": False, "detail": "pip install scikit-learn"}}
    versions = {"torch": "2.11.0+cpu", "ols-lab": "0"}
    beat(database, "b", slots=[gpu], datasets=lacking, versions=versions)
    with database.write() as session:
        for name in "ab":
            workers.drain(session, name, True)
    said = "\n".join(lines(examine(config)))
    for expected in (
        "1 of 2 workers have it",
        "pip install scikit-learn",
        f"some run ols-lab 0; this checkout is {words(code_version())}",
        "all are draining",
        "b has GPUs, but torch 2.11.0+cpu",
    ):
        assert expected in said
