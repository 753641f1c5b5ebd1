"""CUB-200-2011: 11,788 photographs of 200 birds (Wah et al. 2011), in its archive's layout.

Its text files give a line per image: `<id> <value>`, sorted by id. torchvision has no class for it.
"""

from __future__ import annotations

from pathlib import Path

from ols.data.dataset import Dataset
from ols.data.reading import photographs, reading
from ols.spec.datasets.cub200 import CUB200


def load(dataset: CUB200, data_dir: Path) -> Dataset:
    with reading("cub200", data_dir) as folder:
        files = read_table(folder / "images.txt")
        labels = read_table(folder / "image_class_labels.txt")
        training = read_table(folder / "train_test_split.txt")
        if not files.keys() == labels.keys() == training.keys():
            raise ValueError("images.txt, image_class_labels.txt and train_test_split.txt differ")
        parts: dict[str, tuple[list[str], list[int]]] = {"1": ([], []), "0": ([], [])}
        for number, name in files.items():
            paths, targets = parts[training[number]]
            paths.append(str(folder / "images" / name))
            targets.append(int(labels[number]) - 1)
        classes = read_table(folder / "classes.txt").values()
        # "001.Black_footed_Albatross"
        names = [name.partition(".")[2].replace("_", " ") for name in classes]
        return photographs(dataset, "cub200", names, parts["1"], parts["0"])


def read_table(path: Path) -> dict[str, str]:
    """`<id> <value>` lines; raises ValueError for one of another shape."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"{path.name} has a line that is not `<id> <value>`")
    return {number: value.strip() for number, value in pairs}
