"""`python -m ols download NAME`: fetches a dataset with torchvision, or unpacks ImageNet's files.

Only where torchvision knows an address; what it fetches is compared with the published MD5 sum.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ols.data.published_files import PUBLISHED, advice
from ols.errors import DatasetUnavailable


def download(name: str, data_dir: Path) -> None:
    """Puts the dataset into `data_dir`; raises DatasetUnavailable with what to do by hand."""
    fetch = _fetchers().get(name)
    if fetch is None:
        raise DatasetUnavailable(
            advice(name, data_dir) if name in PUBLISHED else f"{name} needs no download"
        )
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        fetch(data_dir)
    except (OSError, RuntimeError, EOFError) as error:
        by_hand = f" By hand: put there {PUBLISHED[name].source}." if name in PUBLISHED else ""
        raise DatasetUnavailable(
            f"{name} can't be fetched into {data_dir}: {error}. Is this machine offline?{by_hand}"
        ) from error


def _fetchers() -> dict[str, Callable[[Path], object]]:
    # Imported here: torchvision takes a second to load.
    from torchvision import datasets

    return {
        "fashion_mnist": lambda root: datasets.FashionMNIST(root, download=True),
        "cifar10": lambda root: datasets.CIFAR10(root, download=True),
        "cifar100": lambda root: datasets.CIFAR100(root, download=True),
        "svhn": lambda root: [
            datasets.SVHN(root / PUBLISHED["svhn"].folder, split, download=True)
            for split in ("train", "test")
        ],
        "flowers102": lambda root: datasets.Flowers102(root, download=True),
        "fgvc_aircraft": lambda root: datasets.FGVCAircraft(root, download=True),
        # Archives that somebody has put there; their address is not public.
        "imagenet": lambda root: [
            datasets.ImageNet(root / PUBLISHED["imagenet"].folder, split)
            for split in ("train", "val")
        ],
    }
