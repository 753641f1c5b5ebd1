"""The logs of the two services: one line per message, with the run, attempt and worker it is about.

    2026-11-24 12:00:00,123 INFO ols.worker: starting on cuda:0 [run=12 attempt=2 worker=gpu1:88]
    {"time": "...", "level": "INFO", "logger": "ols.worker", "message": "...", "run": 12, ...}

`about(run=..., attempt=...)` marks what is logged within its block, in this thread.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

from pythonjsonlogger.json import JsonFormatter

from backend.core.settings import Settings

FILE_BYTES = 5_000_000  # of a log file before it is rotated to `.1`, which is then replaced
MOST_FILES = 100  # processes with the same OLS_LOG_FILE
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_locks: dict[Path, tuple[Path, IO[str]]] = {}  # OLS_LOG_FILE -> this process's own file
_about: ContextVar[Mapping[str, Any] | None] = ContextVar("about", default=None)


@contextmanager
def about(**facts: Any) -> Iterator[None]:
    """Adds these facts, such as `run` and `attempt`, to what this thread logs in the block."""
    token = _about.set({**(_about.get() or {}), **facts})
    try:
        yield
    finally:
        _about.reset(token)


def set_up(config: Settings, level: int = logging.INFO, **facts: Any) -> None:
    """Sends this process's logs to standard error and OLS_LOG_FILE; all carry `facts`."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if config.log_file:
        path = _own_file(config.log_file)
        handlers.append(RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=1))
    for handler in handlers:
        handler.addFilter(_Facts(facts))
        handler.setFormatter(_Text(_FORMAT) if config.log_format == "text" else _json())
    logging.basicConfig(level=level, handlers=handlers, force=True)


def _own_file(path: Path) -> Path:
    """`path`, or `worker-2.log` and so on where other processes write to it: two that rotate the
    same file lose each other's lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path in _locks:
        return _locks[path][0]
    for number in range(1, MOST_FILES):
        own = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        lock = own.with_name(f".{own.stem}.lock").open("w")  # not the file, which rotation renames
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        except OSError:  # a file system without locks
            lock.close()
            return path
        _locks[path] = own, lock  # held until this process ends
        return own
    return path


class _Facts(logging.Filter):
    """Notes on each record what it is about."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__()
        self._facts = facts

    def filter(self, record: logging.LogRecord) -> bool:
        record.about = {**(_about.get() or {}), **self._facts}
        return True


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        facts = " ".join(f"{key}={value}" for key, value in getattr(record, "about", {}).items())
        first, newline, rest = text.partition("\n")  # a traceback follows
        return f"{first} [{facts}]{newline}{rest}" if facts else text


class _Json(JsonFormatter):
    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """The facts as fields of their own."""
        super().add_fields(log_data, record, message_dict)
        log_data.pop("about", None)
        log_data.update(getattr(record, "about", {}))


def _json() -> logging.Formatter:
    names = {
        "asctime": "time",
        "levelname": "level",
        "name": "logger",
        "exc_info": "exception",
    }
    formatter = _Json("%(asctime)s%(levelname)s%(name)s%(message)s", rename_fields=names)
    formatter.default_msec_format = "%s.%03d"
    return formatter
