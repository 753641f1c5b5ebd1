"""Runs of a Trackio folder: a SQLite file for each project, whose rows hold the metrics of a step
as JSON. The files are only read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ols.commands.importers.source import SourceRun
from ols.errors import LabError

_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def read_trackio(folder: str) -> Iterator[SourceRun]:
    """Raises LabError where there is no project."""
    files = sorted(Path(folder).glob("*.db"))
    if not files:
        raise LabError(f"{folder} has no projects of Trackio (*.db)")
    for path in files:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            try:
                yield from _project(path, database)
            except sqlite3.DatabaseError as error:
                raise LabError(f"{path} is no project of Trackio: {error}") from error


def _project(path: Path, database: sqlite3.Connection) -> Iterator[SourceRun]:
    configs = _configs(database)
    names = database.execute("SELECT run_name FROM metrics GROUP BY run_name ORDER BY min(id)")
    for (name,) in names.fetchall():
        config = {k: v for k, v in configs.get(name, {}).items() if not k.startswith("_")}
        run = SourceRun(f"{path.resolve()}:{name}", name, config, [path.stem])
        rows = database.execute(
            "SELECT timestamp, step, metrics FROM metrics WHERE run_name = ? ORDER BY id", (name,)
        )
        for timestamp, step, metrics in rows:
            time = _time(timestamp)
            for metric, value in json.loads(metrics).items():
                _add(run, step, metric, value, time)
        yield run


def _add(run: SourceRun, step: int, metric: str, value: Any, time: datetime | None) -> None:
    """Numbers, also those that JSON has not; tables and images are objects, text is text."""
    if isinstance(value, str) and value in _SPECIAL:
        value = _SPECIAL[value]
    if isinstance(value, int | float):
        run.add("step", step, metric, value, time)
    else:
        kind = value.get("_type", "objects") if isinstance(value, dict) else "texts and lists"
        run.left_out[str(kind)] += 1


def _configs(database: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """By run; early versions of Trackio kept none."""
    try:
        rows = database.execute("SELECT run_name, config FROM configs").fetchall()
    except sqlite3.OperationalError:
        return {}
    return {name: json.loads(text) for name, text in rows}


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
