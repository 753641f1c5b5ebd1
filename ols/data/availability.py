"""Which datasets this machine has, told without loading torch.

The worker's Celery process asks this with its heartbeat, so nothing on this import path may load
torch: `ols/data/__init__.py` is empty for that reason.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from ols.data.fashion_files import advice, find_files


class Availability(TypedDict):
    """`detail` is a sentence: where the data comes from, or what provides it."""

    available: bool
    detail: str


def availability(data_dir: Path | str) -> dict[str, Availability]:
    """Dataset name -> whether `load_dataset` would find it."""
    return {
        "digits": _package("sklearn", "scikit-learn", "1,797 images inside scikit-learn"),
        "glyphs": _package("PIL", "pillow", "rendered with the font inside Pillow"),
        "fashion_mnist": _fashion_mnist(Path(data_dir)),
    }


def _package(module: str, distribution: str, detail: str) -> Availability:
    if find_spec(module) is None:
        return {"available": False, "detail": f"needs {distribution}: pip install {distribution}"}
    return {"available": True, "detail": detail}


def _fashion_mnist(data_dir: Path) -> Availability:
    files = find_files(data_dir)
    if files is None:
        return {"available": False, "detail": advice(data_dir)}
    return {"available": True, "detail": f"files in {files.folder}"}
