"""The folders of images that this machine has, for the form's list; another machine's are typed."""

from __future__ import annotations

from pathlib import Path

MOST = 200
PART = "train"  # without which a folder is no image folder (ols/data/image_folder.py)


def image_folders(datasets_dir: Path) -> list[str]:
    """Names of the folders that hold a `train`, by the alphabet; none where they can't be read."""
    try:
        entries = sorted(
            entry for entry in datasets_dir.iterdir() if not entry.name.startswith(".")
        )
        return [one.name for one in entries if (one / PART).is_dir()][:MOST]
    except OSError:
        return []
