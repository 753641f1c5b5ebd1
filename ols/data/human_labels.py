"""Labels that people gave: CIFAR-10N and CIFAR-100N (Wei et al., ICLR 2022, arXiv 2110.12088).

The published files are pickles that hold NumPy arrays in CIFAR's original order. They are read with
`weights_only=True`, which refuses whatever else a pickle could do. Licence: CC BY-NC 4.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ols.data.dataset import Dataset
from ols.data.label_checks import check_labels
from ols.errors import DatasetUnavailable

KEYS = {
    "worse": "worse_label",
    "aggre": "aggre_label",
    "random1": "random_label1",
    "random2": "random_label2",
    "random3": "random_label3",
    "noisy": "noisy_label",
}
CLEAN = "clean_label"  # CIFAR's own labels, in the files' order
LEAST_CLEAN = 0.95
SOURCE = "github.com/UCSC-REAL/cifar-10-100n"


def human_labels(path: Path, which: str, data: Dataset) -> NDArray[np.int64]:
    """The labels `which` of the data's whole training part.

    Raises DatasetUnavailable for a file that is absent, damaged, empty, of another length or order,
    or has a label that is no class.
    """
    content, key = read_human_file(path), KEYS[which]
    if key not in content:
        there = ", ".join(content) or "no labels at all"
        raise DatasetUnavailable(f"{path.name} has no {key}; it has {there}")
    if CLEAN in content:
        check_labels(content[CLEAN], data, f"{path.name}, {CLEAN}", LEAST_CLEAN)
    check_labels(content[key], data, f"{path.name}, {key}")
    return content[key]


def read_human_file(path: Path | str) -> dict[str, NDArray[np.int64]]:
    """All labels in a published file, by their names there; raises DatasetUnavailable."""
    path = Path(path)
    if not path.is_file():
        raise DatasetUnavailable(f"{path} is not on this machine; put it there from {SOURCE}")
    try:
        with torch.serialization.safe_globals(_array_globals()):
            content = torch.load(path, map_location="cpu", weights_only=True)
        arrays = {str(name): np.asarray(values) for name, values in content.items()}
    except Exception as error:  # torch raises half a dozen kinds of errors for a damaged file
        raise DatasetUnavailable(
            f"{path} is damaged or no file of CIFAR-N ({type(error).__name__}); replace it with "
            f"that of {SOURCE}"
        ) from error
    return {
        name: array.astype(np.int64)
        for name, array in arrays.items()
        if array.ndim == 1 and array.dtype.kind in "iu"
    }


def _array_globals() -> list[Any]:
    """What NumPy arrays in a pickle are made of, under the names of NumPy 1 and 2."""
    rebuild = np._core.multiarray._reconstruct  # type: ignore[attr-defined]
    return [
        (rebuild, "numpy.core.multiarray._reconstruct"),
        (rebuild, "numpy._core.multiarray._reconstruct"),
        (_bytes, "_codecs.encode"),
        (_no_bytes, "builtins.bytes"),
        np.ndarray,
        np.dtype,
        *(type(np.dtype(kind)) for kind in ("i1", "i2", "i4", "i8", "u1", "f4", "f8")),
    ]


def _no_bytes() -> bytes:
    """What an empty array holds; `bytes` itself would take a size and allocate it."""
    return b""


def _bytes(text: str, encoding: str) -> bytes:
    """How old pickles write bytes; Python's own `encode` knows codecs that do more."""
    if encoding != "latin1":
        raise ValueError(f"unexpected encoding {encoding!r}")
    return text.encode("latin1")
