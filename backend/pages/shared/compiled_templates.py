"""Templates that were compiled by an earlier start: a tenth of the first page's time, half a second
of the warm-up's."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from backend.pages.shared import render
from ols.version import __version__


class CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """A folder of them, by default Jinja's own for this user, whose files nobody else writes: they
    are code, and the lab's folder is shared with its workers. What another Jinja or another
    environment compiled is compiled anew."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(str(folder) if folder else None)
        environment = hashlib.sha256(Path(render.__file__).read_bytes()).hexdigest()
        self._compiler = f"{jinja2.__version__} {__version__} {environment}"

    def get_source_checksum(self, source: str) -> str:
        """What makes a template the same one."""
        return super().get_source_checksum(self._compiler + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        """A file that is damaged is no file."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # what Python's unpickling raises is anything
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """A disk that is full keeps no page from being shown."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def keep_compiled() -> None:
    """From now on templates come from there and go there, where there is a safe folder."""
    with suppress(OSError, RuntimeError):
        render.environment().bytecode_cache = CompiledTemplates()
