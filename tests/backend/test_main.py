from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.store.database import connect

ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend", *arguments],
        cwd=ROOT,
        env={**os.environ, "OLS_DATA_DIR": str(folder), **settings},
        capture_output=True,
        text=True,
    )


def test_migrate_only_migrates(tmp_path: Path) -> None:
    assert run(tmp_path / "new", "migrate").returncode == 0
    connect(f"sqlite:///{tmp_path}/new/ols.sqlite3", check=True).dispose()


def test_beyond_loopback_it_says_what_is_missing(tmp_path: Path) -> None:
    result = run(tmp_path, OLS_HOST="0.0.0.0")
    assert result.returncode == 1
    assert "OLS_TOKEN" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "address", "says"),
    [
        ("serve", "postgresql://ols:hidden@127.0.0.1:1/ols", "can't be used"),
        ("migrate", "sqlite:////dev/null/ols.sqlite3", "can't be used"),
        ("serve", "hidden", "is not a database's address"),
        ("migrate", "nosuch://ols:hidden@host/ols", "is not a database's address"),
        ("migrate", "mysql://ols:hidden@host/ols", "is not a database's address"),
    ],
)
def test_a_database_that_cannot_be_used_is_said_without_its_password(
    tmp_path: Path, command: str, address: str, says: str
) -> None:
    result = run(tmp_path, command, OLS_DATABASE_URL=address)
    assert result.returncode == 1
    assert says in result.stderr
    assert "OLS_DATABASE_URL" in result.stderr
    assert "hidden" not in result.stderr
    assert "Traceback" not in result.stderr


WORKER = "celery -A worker.app worker"


@pytest.mark.parametrize(
    ("command", "name", "value", "says"),
    [
        ("backend", "OLS_BROKER_URL", "hidden", "it looks like redis://host:6379/0"),
        (WORKER, "OLS_BROKER_URL", "nosuch://:hidden@host/0", "it looks like redis://host:6379/0"),
        ("backend", "OLS_PORT", "hidden", "valid integer"),
        (WORKER, "OLS_LEASE_SECONDS", "0", "greater than or equal to 3"),
        ("backend", "OLS_FILES_URL", "ftp://hidden", "pattern"),
    ],
)
def test_a_setting_that_is_wrong_is_named_without_its_value(
    tmp_path: Path, command: str, name: str, value: str, says: str
) -> None:
    environment = {**os.environ, "OLS_DATA_DIR": str(tmp_path), name: value}
    result = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert f"{name}: " in result.stderr
    assert says in result.stderr
    assert ".env.example" in result.stderr
    assert "hidden" not in result.stderr
    assert "Traceback" not in result.stderr
