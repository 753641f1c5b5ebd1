"""Notices when the SQLite file is removed, replaced or written over under a running process.

A connection keeps the file that it has opened, wherever its name leads later: what is written then
is lost with the process. So each transaction begins with a look at the name (a stat), and fails
when it leads elsewhere.

An older copy that is written into the same file (`cp backup ols.sqlite3`) leaves the write-ahead
log of the newer one beside it: SQLite then reads a mixture of both. The file's change counter,
which SQLite only ever raises, is looked at too; it is lower then.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, event

from backend.store.errors import Replaced

_COUNTER = 24  # where four bytes of the header hold it: the SQLite file format, section 1.3.8


class Inode(NamedTuple):
    """A file, whatever its name."""

    device: int
    number: int


class DatabaseFile:
    """The file at `path`, from the first connection on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: Inode | None = None
        self._header: int | None = None  # a descriptor
        self._counter = 0
        # Or a thread that was held up would compare what it has read with what came later.
        self._counting = threading.Lock()

    def watch(self, engine: Engine) -> None:
        """Raises Replaced from connections and transactions of this engine."""
        event.listen(engine, "do_connect", self._before_connecting)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "begin", self._check)

    def close(self) -> None:
        """Once no connection is open: gives up the descriptor. The file is known all the same."""
        with self._counting:
            if self._header is not None and self._opened is not None:
                self._header = None
                _release(self._opened)

    def _before_connecting(self, *_: object) -> None:
        self._check()  # or SQLite would make an empty file where one is missing

    def _connected(self, *_: object) -> None:
        with self._counting:
            self._opened = self._opened or self._at_name()
            if self._header is None and self._opened is not None:
                self._header = _hold(self._path, self._opened)

    def _check(self, *_: object) -> None:
        if self._opened is None:
            return
        if self._at_name() != self._opened:
            raise Replaced(f"{self._path} was removed or replaced while this process had it open.")
        with self._counting:
            if self._header is None:
                return
            counter = int.from_bytes(os.pread(self._header, 4, _COUNTER))
            if counter < self._counter:
                raise Replaced(
                    f"{self._path} was written over with an older copy while this process had it "
                    "open, and is a mixture of both now."
                )
            self._counter = counter

    def _at_name(self) -> Inode | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return Inode(status.st_dev, status.st_ino)


# One descriptor for each file of this process, and who holds it: to close any descriptor of a file
# ends all locks that the process has on it, SQLite's too (fcntl(2)).
_descriptors: dict[Inode, tuple[int, int]] = {}
_lock = threading.Lock()


def _hold(path: Path, inode: Inode) -> int | None:
    """A descriptor for reading the header; None where the name leads elsewhere by now."""
    with _lock:
        if inode in _descriptors:
            descriptor, holders = _descriptors[inode]
        else:
            descriptor, holders = os.open(path, os.O_RDONLY | os.O_CLOEXEC), 0
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) != inode:
                os.close(descriptor)
                return None
        _descriptors[inode] = descriptor, holders + 1
        return descriptor


def _release(inode: Inode) -> None:
    with _lock:
        descriptor, holders = _descriptors.pop(inode)
        if holders > 1:
            _descriptors[inode] = descriptor, holders - 1
        else:
            os.close(descriptor)
