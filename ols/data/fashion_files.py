"""Where Fashion-MNIST's four files may lie. No torch: the availability check reads this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class FashionFiles:
    """A folder with all four files; `by_torchvision` when they lie unpacked where it looks."""

    folder: Path
    by_torchvision: bool

    def path(self, name: str) -> Path:
        return self.folder / (name if self.by_torchvision else f"{name}.gz")


def find_files(data_dir: Path) -> FashionFiles | None:
    """The first place that has all four: torchvision's, ours, Debian's."""
    torchvision_folder = data_dir / "FashionMNIST" / "raw"
    candidates = [
        FashionFiles(torchvision_folder, by_torchvision=True),
        FashionFiles(torchvision_folder, by_torchvision=False),
        FashionFiles(own_folder(data_dir), by_torchvision=False),
        FashionFiles(DEBIAN_FOLDER, by_torchvision=False),
    ]
    for files in candidates:
        if all(files.path(name).is_file() for name in NAMES):
            return files
    return None


def own_folder(data_dir: Path) -> Path:
    return data_dir / "fashion_mnist"


def advice(data_dir: Path) -> str:
    """What provides the files."""
    names = ", ".join(f"{name}.gz" for name in NAMES)
    return (
        "Fashion-MNIST is not on this machine. Run `apt-get install dataset-fashion-mnist`, "
        f"or put {names} into {own_folder(data_dir)}."
    )
