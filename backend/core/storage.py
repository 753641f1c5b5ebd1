"""Whether the data folder can be written to, in words."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import threading
from pathlib import Path
from typing import Literal, NamedTuple

LEAST_FREE = 64 * 1024 * 1024  # bytes: less than this is full for whoever writes checkpoints
_PROBE = b"OLS Lab\n" * 512  # 4 KiB, a block of most file systems


class StorageProblem(NamedTuple):
    """Why nothing can be written to a folder."""

    kind: Literal["full", "read-only"]
    text: str  # a sentence that says what to do


def storage_problem(folder: Path) -> StorageProblem | None:
    """What hinders whoever writes below `folder`; None when all is well."""
    probe = folder / f".probe-{os.getpid()}-{threading.get_ident()}"
    try:
        probe.write_bytes(_PROBE)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return StorageProblem(
                "full", f"The disk of {folder} is full; free some space or move OLS_DATA_DIR."
            )
        return StorageProblem(
            "read-only",
            f"{folder} can't be written to: {error.strerror or error}. Make it writable, or set "
            "OLS_DATA_DIR elsewhere.",
        )
    finally:
        with contextlib.suppress(OSError):  # what could not be written can't be removed
            probe.unlink(missing_ok=True)
    if free < LEAST_FREE:
        return StorageProblem(
            "full",
            f"The disk of {folder} is nearly full ({free / 1e6:.0f} MB are free); free some space "
            "or move OLS_DATA_DIR.",
        )
    return None
