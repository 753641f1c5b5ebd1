"""The command that starts a worker for this server's database and queue."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import urlsplit

from backend.core.settings import Settings

_CELERY = ".venv/bin/celery -A worker.app worker"


def worker_command(settings: Settings) -> str:
    """To be run in the checkout; it names each setting that is not the default.

    A password is replaced by the word PASSWORD.
    """
    places = {
        "OLS_DATA_DIR": "" if settings.data_dir == Path("data").resolve() else settings.data_dir,
        "OLS_DATABASE_URL": _without_password(settings.database_url),
        "OLS_BROKER_URL": _without_password(settings.broker_url),
        "OLS_FILES_URL": settings.files_url,
    }
    words = [f"{name}={shlex.quote(str(value))}" for name, value in places.items() if value]
    return " ".join([*words, _CELERY])


def _without_password(url: str) -> str:
    try:
        password = urlsplit(url).password
    except ValueError:  # no URL at all; the server would not have started with it
        return ""
    return url.replace(f":{password}@", ":PASSWORD@") if password else url
