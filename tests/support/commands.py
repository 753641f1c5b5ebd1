"""`python -m backend ...` without a process: what it prints and how it ends."""

from __future__ import annotations

import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest import mock

from backend.__main__ import main
from backend.core.settings import settings as process_settings


@dataclass(frozen=True)
class Ended:
    """A command's exit status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def backend(data_dir: Path, *arguments: str, **settings: str) -> Ended:
    """The command with these OLS_ settings and this data folder."""
    out, err = StringIO(), StringIO()
    environment = mock.patch.dict(os.environ, {"OLS_DATA_DIR": str(data_dir), **settings})
    process_settings.cache_clear()
    try:
        with environment, redirect_stdout(out), redirect_stderr(err):
            status = _status(arguments, err)
    finally:
        process_settings.cache_clear()
    return Ended(status, out.getvalue(), err.getvalue())


def _status(arguments: tuple[str, ...], err: StringIO) -> int:
    """As the interpreter would end: `sys.exit` with a text prints it and ends with 1."""
    try:
        return main(list(arguments))
    except SystemExit as end:
        if isinstance(end.code, str):
            err.write(f"{end.code}\n")
            return 1
        return end.code or 0
