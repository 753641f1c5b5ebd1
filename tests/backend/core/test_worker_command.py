"""The command that starts a worker names what this server uses, and no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.core.settings import Settings
from backend.core.worker_command import worker_command

CELERY = ".venv/bin/celery -A worker.app worker"
USUAL = Path("data").resolve()


def command(**values: object) -> str:
    return worker_command(Settings(_env_file=None, **{"data_dir": USUAL, **values}))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLS_DATA_DIR", "OLS_DATABASE_URL", "OLS_BROKER_URL", "OLS_FILES_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_embedded_default_needs_nothing_said() -> None:
    assert command() == CELERY


def test_each_place_that_is_not_the_usual_one_is_named() -> None:
    found = command(data_dir=Path("/my lab"), broker_url="redis://box:6379/0", files_url="s3://b/p")
    assert found == (
        f"OLS_DATA_DIR='/my lab' OLS_BROKER_URL=redis://box:6379/0 OLS_FILES_URL=s3://b/p {CELERY}"
    )


def test_a_password_is_not_shown() -> None:
    found = command(database_url="postgresql+psycopg://ols:s3cret@db/ols")
    assert found == f"OLS_DATABASE_URL=postgresql+psycopg://ols:PASSWORD@db/ols {CELERY}"
    assert "s3cret" not in command(broker_url="redis://:s3cret@box:6379/0")
