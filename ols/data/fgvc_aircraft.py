"""FGVC-Aircraft: 10,000 photographs of 100 variants (Maji et al. 2013), read by torchvision.

Trained on its training and validation parts, as in the paper.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ols.data.dataset import Dataset
from ols.data.reading import Listing, photographs, reading
from ols.spec.datasets.fgvc_aircraft import FGVCAircraft


def load(dataset: FGVCAircraft, data_dir: Path) -> Dataset:
    # Imported here: torchvision takes a second to load.
    from torchvision.datasets import FGVCAircraft as TorchvisionFGVCAircraft

    with reading("fgvc_aircraft", data_dir):
        train, test = (TorchvisionFGVCAircraft(data_dir, part) for part in ("trainval", "test"))
        return photographs(dataset, "fgvc_aircraft", train.classes, _listing(train), _listing(test))


def _listing(data: Any) -> Listing:
    return data._image_files, data._labels
