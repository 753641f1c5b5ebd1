"""A second name for a file instead of a copy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def link_or_copy(source: Path, target: Path) -> None:
    """A hard link, which takes no room; a copy where the file system has none.

    Raises FileExistsError, and FileNotFoundError where the source has gone meanwhile.
    """
    try:
        os.link(source, target)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:
        shutil.copy2(source, target)
