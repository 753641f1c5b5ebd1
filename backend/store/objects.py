"""A run's files in an object store, which all machines reach: checkpoints, and logs in chunks.

    runs/12-1a2b3c4d/checkpoints/attempt-000002/epoch-000007.pt
    runs/12-1a2b3c4d/logs/attempt-000002/000000000003.log     chunk 3 of that attempt's log
    runs/12-1a2b3c4d/parent/epoch-000008.pt                   what a fork begins from

A run goes by its number and UID (run_identity.py). An object appears whole or not at all, and is
never changed but for a log's last chunk. Credentials, region and endpoint come from the
environment, as for every S3 client (AWS_ACCESS_KEY_ID, ...).
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from backend.core.settings import Settings
from backend.store.errors import FilesUnreachable

LOG_CHUNK = 256 * 1024  # bytes; an object can't be appended to, so this much is sent again at most
PARENT = "parent"  # the folder of what a fork begins from
_STREAM_BLOCK = 4 * 1024 * 1024  # bytes asked for at once
_ABANDONED = timedelta(days=1)  # an upload in parts that began longer ago was killed

_CHECKPOINT = re.compile(r"/checkpoints/attempt-(\d+)/epoch-(\d+)\.pt$")
_LOG = re.compile(r"/logs/attempt-(\d+)/(\d+)\.log$")


@dataclass(frozen=True, order=True)
class StoredObject:
    """One object: a checkpoint of `number` = epoch, or chunk `number` of an attempt's log."""

    attempt: int
    number: int
    size: int  # bytes
    key: str


class ObjectStore:
    """The objects below `s3://bucket/prefix`. Methods raise FilesUnreachable."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        with self._reaching("open"):
            self._files, self._root = _open(self.url)

    def check(self) -> None:
        """Raises FilesUnreachable unless an object can be written, read and removed."""
        key = f"{self._root}/check-{socket.gethostname()}-{os.getpid()}"
        with self._reaching("be written to"):
            self._files.pipe_file(key, b"OLS Lab")
            self._files.cat_file(key)
            self._files.rm_file(key)

    # -- what there is --------------------------------------------------------------------------

    def checkpoints(self, run: str) -> list[StoredObject]:
        """By attempt, then epoch."""
        return self._list(f"{self._run(run)}/checkpoints", _CHECKPOINT)

    def log_chunks(self, run: str) -> list[StoredObject]:
        """By attempt, then place."""
        return self._list(f"{self._run(run)}/logs", _LOG)

    def _list(self, folder: str, name: re.Pattern[str]) -> list[StoredObject]:
        with self._reaching("be listed"):
            try:
                entries = self._files.find(folder, detail=True)
            except FileNotFoundError:
                return []
        sizes = {key: entry["size"] for key, entry in entries.items()}
        matches = [(key, match) for key in sizes if (match := name.search(key))]
        return sorted(StoredObject(int(m[1]), int(m[2]), sizes[key], key) for key, m in matches)

    # -- writing --------------------------------------------------------------------------------

    def put_checkpoint(self, run: str, attempt: int, path: Path) -> None:
        """Carries a local checkpoint over; raises FileNotFoundError when it is gone."""
        key = f"{self._run(run)}/checkpoints/attempt-{attempt:06d}/{path.name}"
        with path.open("rb"), self._reaching("be written to"):
            self._files.put_file(str(path), key)

    def put_log_chunk(self, run: str, attempt: int, number: int, data: bytes) -> None:
        """Writes a chunk of a log, over a shorter one of the same number."""
        key = f"{self._run(run)}/logs/attempt-{attempt:06d}/{number:012d}.log"
        with self._reaching("be written to"):
            self._files.pipe_file(key, data)

    def remove(self, objects: Iterable[StoredObject]) -> None:
        """Removes these; those that are gone already do no harm."""
        if keys := [stored.key for stored in objects]:
            with self._reaching("be written to"):
                self._files.rm(keys)

    def remove_run(self, run: str) -> None:
        """Removes all that belongs to a run."""
        with self._reaching("be written to"):
            if keys := self._files.find(self._run(run)):
                self._files.rm(keys)

    def abort_killed_uploads(self) -> int:
        """Frees the parts of uploads that began a day ago and never ended; how many."""
        bucket, _, prefix = self._root.partition("/")
        with self._reaching("be tidied"):
            answer = self._files.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=prefix)
            late = datetime.now(UTC) - _ABANDONED
            old = [u for u in answer.get("Uploads", []) if u["Initiated"] < late]
            for upload in old:
                place = {"Bucket": bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
                self._files.call_s3("abort_multipart_upload", **place)
        return len(old)

    # -- forks ----------------------------------------------------------------------------------

    def parent_files(self, run: str) -> dict[str, str]:
        """What a fork begins from: the name below its folder -> the object's key."""
        folder = f"{self._run(run)}/{PARENT}"
        with self._reaching("be listed"):
            try:
                keys = self._files.find(folder)
            except FileNotFoundError:
                return {}
        return {key.removeprefix(f"{folder}/"): key for key in keys}

    def copy_to_fork(self, key: str, run: str, name: str) -> None:
        """Lets the store copy an object of another run; raises FileNotFoundError if it is gone."""
        with self._reaching("be read"):
            self._files.cp_file(key, f"{self._run(run)}/{PARENT}/{name}")

    # -- reading --------------------------------------------------------------------------------

    def fetch(self, key: str, path: Path) -> None:
        """Writes an object to a local file; raises FileNotFoundError when it is gone."""
        with self._reaching("be read"):
            self._files.get_file(key, str(path))

    def read(self, stored: StoredObject, start: int, end: int) -> bytes:
        """Bytes `start` to `end` (not included); raises FileNotFoundError when it is gone."""
        with self._reaching("be read"):
            data: bytes = self._files.cat_file(stored.key, start=start, end=min(end, stored.size))
        return data

    def stream(self, stored: StoredObject, start: int, end: int) -> Iterator[bytes]:
        """The same in blocks."""
        for place in range(start, end, _STREAM_BLOCK):
            yield self.read(stored, place, min(end, place + _STREAM_BLOCK))

    def _run(self, run: str) -> str:
        return f"{self._root}/runs/{run}"

    @contextmanager
    def _reaching(self, wish: str) -> Iterator[None]:
        """Turns whatever the client raises into one error that names the setting."""
        try:
            yield
        except (FileNotFoundError, FilesUnreachable) as error:
            if isinstance(error, FilesUnreachable) or wish == "be read":
                raise
            raise self._unreachable(wish, error) from error  # no such bucket
        except Exception as error:  # of four libraries: s3fs, aiobotocore, botocore, aiohttp
            raise self._unreachable(wish, error) from error

    def _unreachable(self, wish: str, error: Exception) -> FilesUnreachable:
        reason = str(error).strip() or type(error).__name__
        return FilesUnreachable(
            f"The store {self.url} can't {wish}: {reason}. Check OLS_FILES_URL, that the bucket "
            "exists, and the AWS_* variables (access key, secret, region, AWS_ENDPOINT_URL)."
        )


def object_store(config: Settings) -> ObjectStore | None:
    """The store that OLS_FILES_URL names; None: files lie in the data folder alone."""
    return _store(config.files_url) if config.files_url else None


@cache
def _store(url: str) -> ObjectStore:
    return ObjectStore(url)


def _open(url: str) -> tuple[Any, str]:
    try:
        import s3fs
    except ImportError as error:
        raise FilesUnreachable(
            "OLS_FILES_URL names an S3 store, for which s3fs is missing. "
            "Run: pip install -c constraints.txt -e '.[s3]'"
        ) from error
    files = s3fs.S3FileSystem(
        skip_instance_cache=True,  # kept here (_store); s3fs's own cache forgets the environment
        use_listings_cache=False,  # other machines write here too
        config_kwargs={
            "connect_timeout": 5,
            "read_timeout": 30,
            "retries": {"max_attempts": 2, "mode": "standard"},
        },
    )
    files.retries = 2  # whoever calls tries again, and says so in the log
    return files, url.removeprefix("s3://")
