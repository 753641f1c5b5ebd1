"""The spool: what a run logged, in a folder of its own, before anything is sent.

    ~/.cache/ols/spool/20261130-101500-4711-9f3c/
        run.json        where the run is to be sent, and the body that creates it there
        records         one record per line, appended by one writer; sent up to an offset
        sent            that offset and the run's id, replaced after each answer
        3.npy 4.png     matrices and images, named by their records; removed once sent

A record is in the page cache when `append` returns, so it outlives the process (`kill -9`), though
not a power cut. Its first byte is its kind, the rest JSON as the lab takes it. A line without its
end was cut off by a kill and is not sent. The writer holds a lock on `records`, so `ols sync` knows
which spools nobody sends any more.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

RECORDS = "records"
_COMPACTED_FROM = 8 << 20  # bytes of records that are sent: worth being given back to the disk
_CHUNK = 4 << 20


class Kind(StrEnum):
    """A record's first byte."""

    POINT = "P"
    MATRIX = "M"
    SAMPLES = "S"
    FINISH = "F"
    ORIGIN = "O"


@dataclass(frozen=True)
class Sent:
    """How far a spool is sent: bytes of `records`, and the run's id once the lab has named it."""

    offset: int = 0
    run_id: int | None = None


def folders() -> list[Path]:
    """Where spools are: the cache, then the fallback for a home that can't be written."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return [cache / "ols" / "spool", Path(tempfile.gettempdir()) / f"ols-{os.getuid()}" / "spool"]


def stored() -> Iterator[Path]:
    """Every spool of this user on this machine, the oldest first."""
    for folder in folders():
        if folder.is_dir():
            yield from sorted(path.parent for path in folder.glob(f"*/{RECORDS}"))


class Spool:
    """One run's spool, open for appending. Its methods may be called by several threads."""

    def __init__(self, run: dict[str, Any], url: str) -> None:
        """Raises OSError where no folder can be written."""
        self._lock = threading.Lock()
        self._files = 0
        self.folder = _new_folder()
        try:
            (self.folder / "run.json").write_text(json.dumps({"url": url, "run": run}))
            # Locked before it has its name, so that `ols sync` never sees it without its writer.
            new = self.folder / "new"
            self._descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            new.rename(self.folder / RECORDS)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.size = 0

    def append(self, kind: Kind, record: str) -> None:
        """Raises OSError where the record could not be kept, as a whole."""
        line = f"{kind}{record}\n".encode()
        with self._lock:
            try:
                written = os.write(self._descriptor, line)
                if written != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                with suppress(OSError):  # half a line would spoil the next one
                    os.ftruncate(self._descriptor, self.size)
                raise
            self.size += written

    def append_file(self, kind: Kind, record: dict[str, Any], content: bytes, suffix: str) -> None:
        """A record whose content has a file of its own. Raises OSError."""
        with self._lock:
            self._files += 1
            path = self.folder / f"{self._files}{suffix}"
        try:
            path.write_bytes(content)
            self.append(kind, json.dumps({**record, "file": path.name}))
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def compact(self, sent: Sent) -> Sent:
        """Gives the space of a long run's records back once all of them are sent."""
        if sent.offset < _COMPACTED_FROM:
            return sent
        with self._lock:
            if sent.offset < self.size:
                return sent
            os.ftruncate(self._descriptor, 0)
            self.size = 0
            emptied = Sent(0, sent.run_id)
            write_sent(self.folder, emptied)
        return emptied

    def close(self) -> None:
        """Gives up the lock."""
        with self._lock, suppress(OSError):
            os.close(self._descriptor)

    def close_in_child(self) -> None:
        """The same in a forked process, where a thread that is gone may hold `_lock`; the parent
        keeps its own lock on the file."""
        with suppress(OSError):
            os.close(self._descriptor)

    def remove(self) -> None:
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _new_folder() -> Path:
    name = f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}-{secrets.token_hex(2)}"
    problem: OSError | None = None
    for parent in folders():
        try:
            parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (parent / name).mkdir(mode=0o700)
            return parent / name
        except OSError as error:
            problem = problem or error
    assert problem is not None
    raise problem


def lines(folder: Path, offset: int) -> list[bytes]:
    """Whole records from `offset` on, with their ends: about 4 MiB of them at most."""
    with (folder / RECORDS).open("rb") as file:
        file.seek(offset)
        chunk = file.read(_CHUNK)
    return chunk[: chunk.rfind(b"\n") + 1].splitlines(keepends=True)


def read_run(folder: Path) -> tuple[str, dict[str, Any]]:
    """Address and body. Raises OSError or ValueError where `run.json` was cut off by a kill."""
    written = json.loads((folder / "run.json").read_text())
    return written["url"], written["run"]


def read_sent(folder: Path) -> Sent:
    """From the beginning where it is not known: a point sent again replaces itself."""
    try:
        sent = Sent(**json.loads((folder / "sent").read_text()))
        size = (folder / RECORDS).stat().st_size
    except (OSError, ValueError, TypeError):
        return Sent()
    # Shorter than what was sent: compacted, and killed before that was written down.
    return sent if sent.offset <= size else Sent(0, sent.run_id)


def write_sent(folder: Path, sent: Sent) -> None:
    """A full disk is no fault here: what is not known to be sent is sent again."""
    with suppress(OSError):
        new = folder / "sent.new"
        new.write_text(json.dumps(asdict(sent)))
        new.replace(folder / "sent")


def claim(folder: Path) -> int | None:
    """A descriptor that holds the spool's lock; None while its writer lives."""
    try:
        descriptor = os.open(folder / RECORDS, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
