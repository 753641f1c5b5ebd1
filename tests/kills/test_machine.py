"""A full disk, a SQLite file that somebody holds, a clock that jumps."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backend.store import requests
from backend.store.database import BUSY_SECONDS
from tests.kills.ground import Ground

Check = Callable[..., None]
HELD = BUSY_SECONDS + 1.0  # seconds: longer than a writer waits


def test_a_full_disk_ends_a_run_with_words_and_a_retry_goes_on(
    ground: Ground, as_if_undisturbed: Check
) -> None:
    worker = ground.start_worker()
    run_id = ground.submit()
    ground.until_epoch(run_id, 3)
    trainer = ground.trainer_of(worker)
    # Room for the log, none for a checkpoint.
    psutil.Process(trainer.pid).rlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    ground.until_final(run_id)
    run = ground.run(run_id)
    assert run["state"] == "failed"
    assert run["error"]["code"] == "checkpoint"
    with ground.database.write() as session:
        requests.retry(session, run_id)
    ground.until_final(run_id)
    as_if_undisturbed(ground, run_id)
    log = ground.config.log_path(run_id).read_text()
    assert "resumed after epoch" in log
    assert not list(ground.config.run_dir(run_id).rglob("*.tmp*")), "no half-written file"


def test_a_sqlite_file_that_another_writer_holds(
    embedded: Ground, as_if_undisturbed: Check
) -> None:
    embedded.start_worker()
    run_id = embedded.submit()
    embedded.until_epoch(run_id, 3)
    path = embedded.config.data_dir / "ols.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(HELD)
    other.execute("ROLLBACK")
    other.close()
    embedded.until_final(run_id)
    as_if_undisturbed(embedded, run_id)
    assert embedded.run(run_id)["attempt"] == 1


@pytest.mark.skipif(shutil.which("faketime") is None, reason="apt-get install faketime")
def test_clocks_that_jump_an_hour(ground: Ground, as_if_undisturbed: Check, folder: Path) -> None:
    """One worker's clock goes an hour forward, then two back; then it is killed."""
    clock = folder / "clock"
    clock.write_text("+0")
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    jumping = ground.start_worker(
        LD_PRELOAD=str(library),
        FAKETIME_TIMESTAMP_FILE=str(clock),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )
    run_id = ground.submit()
    ground.until_epoch(run_id, 2)
    steady = ground.start_worker()
    other = ground.submit()
    clock.write_text("+3600")
    ground.until_epoch(run_id, 8)
    clock.write_text("-3600")
    ground.until_epoch(run_id, 14)
    assert ground.holder(run_id) is jumping
    jumping.kill()
    jumping.wait()
    ground.wait(run_id, lambda run: run["attempt"] == 2 or run["state"] == "queued")  # not an hour
    ground.until_final(run_id, other)
    as_if_undisturbed(ground, run_id, other)
    assert steady.poll() is None
