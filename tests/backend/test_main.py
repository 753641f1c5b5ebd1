from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.store.database import connect
from tests.support.commands import Ended, backend

ROOT = Path(__file__).parents[2]


def process(folder: Path, module: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE`, with arguments."""
    return subprocess.run(
        [sys.executable, "-m", *module.split()],
        cwd=ROOT,
        env={**os.environ, "OLS_DATA_DIR": str(folder), **settings},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_migrate_only_migrates(tmp_path: Path) -> None:
    assert process(tmp_path / "new", "backend migrate").returncode == 0
    connect(f"sqlite:///{tmp_path}/new/ols.sqlite3", check=True).dispose()


@pytest.mark.slow
def test_the_server_migrates_without_keeping_alembic(tmp_path: Path) -> None:
    code = (
        "import sys, backend.cli.serve as cli; from backend.__main__ import main; "
        "cli.serve = lambda config: print('alembic' in sys.modules) or 0; sys.exit(main([]))"
    )
    environment = {**os.environ, "OLS_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "False\n"), result.stderr
    connect(f"sqlite:///{tmp_path}/ols.sqlite3", check=True).dispose()


def test_beyond_loopback_it_says_what_is_missing(tmp_path: Path) -> None:
    result = backend(tmp_path, OLS_HOST="0.0.0.0")
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
    result = backend(tmp_path, command, OLS_DATABASE_URL=address)
    assert result.returncode == 1
    assert says in result.stderr
    assert "OLS_DATABASE_URL" in result.stderr
    assert "hidden" not in result.stderr
    assert "Traceback" not in result.stderr


def assert_named(ended: Ended | subprocess.CompletedProcess[str], name: str, says: str) -> None:
    """The setting and the fix, and not its value, which may hold a password."""
    assert ended.returncode != 0
    assert f"{name}: " in ended.stderr
    assert says in ended.stderr
    assert ".env.example" in ended.stderr
    assert "hidden" not in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("OLS_BROKER_URL", "hidden", "it looks like redis://host:6379/0"),
        ("OLS_PORT", "hidden", "valid integer"),
        ("OLS_LEASE_SECONDS", "0", "greater than or equal to 3"),
        ("OLS_FILES_URL", "ftp://hidden", "pattern"),
    ],
)
def test_a_setting_that_is_wrong_is_named_without_its_value(
    tmp_path: Path, name: str, value: str, says: str
) -> None:
    assert_named(backend(tmp_path, **{name: value}), name, says)


@pytest.mark.slow
@pytest.mark.parametrize("module", ["backend", "celery -A worker.app worker"])
def test_so_do_both_services(tmp_path: Path, module: str) -> None:
    wrong = {"OLS_BROKER_URL": "nosuch://:hidden@host/0"}
    assert_named(process(tmp_path, module, **wrong), *wrong, "it looks like redis://host:6379/0")
