"""Which datasets this machine has, told without loading torch.

The worker's Celery process asks this with its heartbeat, so nothing on this import path may load
torch: `ols/data/__init__.py` is empty for that reason.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TypedDict

from ols.data import cifar_copies, fashion_files, hf_files, image_files
from ols.data.published_files import PUBLISHED, advice


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
        **{name: _published(name, Path(data_dir)) for name in PUBLISHED},
        "image_folder": _folders(Path(data_dir), image_files),
        "hf_folder": _hf_folders(Path(data_dir)),
    }


def _package(module: str, distribution: str, detail: str) -> Availability:
    if find_spec(module) is None:
        return {"available": False, "detail": f"needs {distribution}: pip install {distribution}"}
    return {"available": True, "detail": detail}


def _fashion_mnist(data_dir: Path) -> Availability:
    files = fashion_files.find_files(data_dir)
    if files is None:
        return {"available": False, "detail": fashion_files.advice(data_dir)}
    return {"available": True, "detail": f"files in {files.folder}"}


def _published(name: str, data_dir: Path) -> Availability:
    files = PUBLISHED[name]
    if not files.missing(data_dir):
        return {"available": True, "detail": f"files in {data_dir / files.folder}"}
    if name == "cifar10" and (copies := cifar_copies.find_copies(data_dir)):
        return {"available": True, "detail": f"copies as image files in {copies}"}
    if files.packed(data_dir):
        return {"available": True, "detail": f"{data_dir / files.archive}, unpacked on first use"}
    return {"available": False, "detail": advice(name, data_dir)}


def _hf_folders(data_dir: Path) -> Availability:
    if not hf_files.has_pyarrow():
        return {"available": False, "detail": hf_files.NEEDED}
    return _folders(data_dir, hf_files)


def _folders(data_dir: Path, kind: ModuleType) -> Availability:
    """`kind`: the module that knows which folders are such, and what provides them."""
    folders = kind.find_folders(data_dir)
    if not folders:
        return {"available": False, "detail": kind.advice(data_dir / "<folder>")}
    more = ", ..." if len(folders) > 10 else ""
    return {"available": True, "detail": f"folders in {data_dir}: {', '.join(folders[:10])}{more}"}
