"""Notices when the SQLite file is removed or replaced under a running process.

A connection keeps the file that it has opened, wherever its name leads later: what is written then
is lost with the process. So each transaction begins with a look at the name (a stat), and fails
when it leads elsewhere.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, event

from backend.store.errors import Replaced


class DatabaseFile:
    """The file at `path`, from the first connection on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None  # device and inode

    def watch(self, engine: Engine) -> None:
        """Raises Replaced from connections and transactions of this engine."""
        event.listen(engine, "do_connect", self._before_connecting)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "begin", self._check)

    def _before_connecting(self, *_: object) -> None:
        self._check()  # or SQLite would make an empty file where one is missing

    def _connected(self, *_: object) -> None:
        self._opened = self._opened or self._at_name()

    def _check(self, *_: object) -> None:
        if self._opened is not None and self._at_name() != self._opened:
            raise Replaced(f"{self._path} was removed or replaced while this process had it open.")

    def _at_name(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino
