"""`python -m backend bundle`: a zip file for a bug report, without secrets.

versions.json, settings.json, doctor.txt, workers.json, logs/ (the end of each file in the data
folder's logs/), and for each named run its JSON, attempts, metrics and the end of its log.
"""

from __future__ import annotations

import platform
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError

from backend.cli.doctor import report
from backend.core.redaction import redact
from backend.core.settings import Settings
from backend.store import attempts, metrics, runs, workers
from backend.store.database import Database, connect
from backend.store.errors import FilesUnreachable, NotFound, StoreError
from backend.store.files import log_sources, read_log
from backend.store.run_identity import identity_of

TAIL = 512 * 1024  # bytes of each log


def bundle(config: Settings, run_ids: Sequence[int], path: Path) -> list[str]:
    """Writes the file; returns what could not be put into it, in words."""
    missing: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _contents(config, run_ids, missing):
            archive.writestr(name, redact(content, config))
        if missing:
            archive.writestr("missing.txt", redact("\n".join(missing), config))
    return [redact(text, config) for text in missing]


def default_name() -> Path:
    """Sorts by time."""
    return Path(f"ols-bundle-{datetime.now(UTC):%Y%m%d-%H%M%S}.zip")


def _contents(
    config: Settings, run_ids: Sequence[int], missing: list[str]
) -> Iterator[tuple[str, str]]:
    yield "versions.json", _json(_versions())
    yield "settings.json", _json(config.model_dump(mode="json"))
    yield "doctor.txt", report(config)
    for path in sorted((config.data_dir / "logs").glob("*.log*")):
        yield f"logs/{path.name}", _tail(path)
    try:
        database = connect(config.resolved_database_url, check=True)
    except (StoreError, SQLAlchemyError) as error:
        missing.append(f"workers and runs: {error}")
        return
    try:
        with database.read() as session:
            yield "workers.json", _json(workers.listing(session))
        for run_id in run_ids:
            yield from _run(config, database, run_id, missing)
    except SQLAlchemyError as error:
        missing.append(f"the rest of the database: {error}")
    finally:
        database.dispose()


def _run(
    config: Settings, database: Database, run_id: int, missing: list[str]
) -> Iterator[tuple[str, str]]:
    folder = f"runs/{run_id}"
    try:
        with database.read() as session:
            yield f"{folder}/run.json", _json(runs.get(session, run_id))
            yield f"{folder}/attempts.json", _json(attempts.listing(session, run_id))
            yield f"{folder}/metrics.json", _json(metrics.series(session, run_id))
            run = identity_of(session, run_id)
        part = read_log(log_sources(config, run), tail=TAIL)
        yield f"{folder}/train.log", part.data.decode("utf-8", "replace")
    except (NotFound, FilesUnreachable) as error:
        missing.append(f"run {run_id}: {error}")


def _versions() -> dict[str, object]:
    return {
        "python": sys.version,
        "platform": platform.platform(),
        "packages": {d.name: d.version for d in sorted(distributions(), key=lambda d: d.name)},
    }


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - TAIL))
        return file.read().decode("utf-8", "replace")


def _json(value: object) -> str:
    return to_json(value, indent=2, inf_nan_mode="null").decode()
