"""Arrays that are slow to make, kept in a .npz file of the data folder."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_arrays(path: Path, *names: str) -> dict[str, NDArray[Any]] | None:
    """Those of these names, or None when there are none or the file is damaged (make them anew)."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write_arrays(
    path: Path, arrays: Mapping[str, NDArray[Any]], *, compressed: bool = True
) -> None:
    """Written aside and renamed, so that runs that make them at once never read half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    save = np.savez_compressed if compressed else np.savez
    try:
        with os.fdopen(handle, "wb") as file:
            save(file, allow_pickle=False, **arrays)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
