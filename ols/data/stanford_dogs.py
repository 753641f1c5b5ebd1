"""Stanford Dogs: 20,580 photographs of 120 breeds (Khosla et al. 2011), by its official lists.

train_list.mat and test_list.mat hold `file_list`, a column of cells such as
"n02085620-Chihuahua/n02085620_5927.jpg", and `labels` from 1. torchvision has no class for it.
"""

from __future__ import annotations

from pathlib import Path

from ols.data.dataset import Dataset
from ols.data.reading import photographs, reading
from ols.spec.datasets.stanford_dogs import StanfordDogs


def load(dataset: StanfordDogs, data_dir: Path) -> Dataset:
    with reading("stanford_dogs", data_dir) as folder:
        train, test = (_read_list(folder, f"{part}_list.mat") for part in ("train", "test"))
        folders = {label: Path(path).parent.name for path, label in zip(*train, strict=True)}
        if sorted(folders) != list(range(len(folders))):
            raise ValueError("train_list.mat skips a label")
        # "n02085620-Chihuahua"
        names = [folders[label].partition("-")[2].replace("_", " ") for label in sorted(folders)]
        return photographs(dataset, "stanford_dogs", names, train, test)


def _read_list(folder: Path, name: str) -> tuple[list[str], list[int]]:
    # Imported here: scipy takes long to load.
    from scipy.io import loadmat

    content = loadmat(folder / name, squeeze_me=True)
    files = [str(folder / "Images" / file) for file in content["file_list"].tolist()]
    labels = [int(label) - 1 for label in content["labels"].tolist()]
    if len(files) != len(labels):
        raise ValueError(f"{name} has {len(files)} files and {len(labels)} labels")
    return files, labels
