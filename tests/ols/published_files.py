"""Writes the published datasets' files in their real layouts, with a few images.

Of CIFAR's and Flowers' files torchvision knows the MD5 sums; the writers patch in their own.
"""

from __future__ import annotations

import hashlib
import pickle
import shutil
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

from ols.spec.datasets.cifar import CIFAR100_SUPERCLASSES
from tests.ols.image_files import write_image

FINE_NAMES = sorted(name for names in CIFAR100_SUPERCLASSES.values() for name in names)
CIFAR10_NAMES = [f"thing {i}" for i in range(10)]


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def write_cifar10(data_dir: Path, monkeypatch) -> Path:
    from torchvision.datasets import CIFAR10

    folder = data_dir / "cifar-10-batches-py"
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    sums = [_cifar_batch(folder / name, "labels", 10, seed) for seed, name in enumerate(names)]
    meta = _pickled(folder / "batches.meta", {"label_names": CIFAR10_NAMES})
    listed = list(map(list, zip(names, sums, strict=True)))
    _patch(monkeypatch, CIFAR10, listed[:5], listed[5:], meta)
    return folder


def write_cifar100(data_dir: Path, monkeypatch) -> Path:
    from torchvision.datasets import CIFAR100

    folder = data_dir / "cifar-100-python"
    train, test = (
        [name, _cifar_batch(folder / name, "fine_labels", 100, seed)]
        for seed, name in enumerate(("train", "test"))
    )
    meta = _pickled(folder / "meta", {"fine_label_names": FINE_NAMES})
    _patch(monkeypatch, CIFAR100, [train], [test], meta)
    return folder


def cifar_pixels(count: int, seed: int) -> np.ndarray:
    """(count, 3072): each image's red plane, then green, then blue, row by row."""
    return np.random.default_rng(seed).integers(0, 256, (count, 3072), dtype=np.uint8)


def _cifar_batch(path: Path, key: str, classes: int, seed: int) -> str:
    labels = list(range(classes))
    return _pickled(path, {"data": cifar_pixels(classes, seed), key: labels, "filenames": []})


def _pickled(path: Path, content: dict) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(content, protocol=2))
    return md5(path)


def _patch(monkeypatch, reader, train: list, test: list, meta: str) -> None:
    monkeypatch.setattr(reader, "train_list", train)
    monkeypatch.setattr(reader, "test_list", test)
    monkeypatch.setattr(reader, "meta", {**reader.meta, "md5": meta})


def pack(folder: Path, archive: Path) -> str:
    """The folder as the published tar.gz, instead of it."""
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, folder.name)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return md5(archive)


def svhn_pixels(count: int) -> np.ndarray:
    """(32, 32, 3, count), as MATLAB has it."""
    return np.random.default_rng(count).integers(0, 256, (32, 32, 3, count), dtype=np.uint8)


def write_svhn(data_dir: Path, monkeypatch) -> Path:
    """Labels from 1; 10 is the digit 0."""
    from torchvision.datasets import SVHN

    folder = data_dir / "svhn"
    folder.mkdir(parents=True)
    listed = {}
    for part, count in (("train", 20), ("test", 10), ("extra", 30)):
        path = folder / f"{part}_32x32.mat"
        labels = np.array([[10, *range(1, 10)]] * (count // 10), np.uint8).reshape(-1, 1)
        savemat(path, {"X": svhn_pixels(count), "y": labels})
        listed[part] = ["", path.name, md5(path)]
    monkeypatch.setattr(SVHN, "split_list", listed)
    return folder


def write_tiny_imagenet(data_dir: Path, monkeypatch=None) -> Path:
    folder = data_dir / "tiny-imagenet-200"
    ids = ["n03126707", "n01440764", "n02012849"]
    for wnid in ids:
        for i in range(3):
            write_square(folder / "train" / wnid / "images" / f"{wnid}_{i}.JPEG", 64, seed=i)
    for i in range(3):
        write_square(folder / "val" / "images" / f"val_{i}.JPEG", 64, seed=10 + i)
    (folder / "wnids.txt").write_text("".join(f"{wnid}\n" for wnid in ids))
    words = {"n00001740": "entity", **{wnid: words for _, wnid, words, _ in SYNSETS}}
    (folder / "words.txt").write_text("".join(f"{k}\t{v}\n" for k, v in words.items()))
    lines = [f"val_{i}.JPEG\t{wnid}\t0\t32\t44\t62\n" for i, wnid in enumerate(ids)]
    (folder / "val" / "val_annotations.txt").write_text("".join(lines))
    return folder


def write_square(path: Path, side: int, seed: int = 0) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_images(paths: list[Path]) -> None:
    for i, path in enumerate(paths):
        write_image(path, i % 3, seed=i)


def write_imagenet(data_dir: Path, monkeypatch=None) -> Path:
    folder = data_dir / "imagenet"
    for wnid in ("n01440764", "n02012849", "n03126707"):
        write_images([folder / "train" / wnid / f"{wnid}_{i}.JPEG" for i in range(3)])
        write_images([folder / "val" / wnid / "ILSVRC2012_val_00000001.JPEG"])
    return folder


# Of ILSVRC2012's numbers: id, WordNet id, words, children; the leaves are the classes.
SYNSETS = (
    (1, "n03126707", "crane", 0),
    (2, "n01440764", "tench, Tinca tinca", 0),
    (3, "n02012849", "crane", 0),
    (1001, "n00001740", "entity", 3),
)
# Of the validation images, in the order of their names.
GROUND_TRUTH = (3, 1, 2, 1)


def write_imagenet_archives(data_dir: Path, monkeypatch) -> Path:
    """The three archives as image-net.org gives them: nothing is unpacked yet."""
    from torchvision.datasets import imagenet

    folder, aside = data_dir / "imagenet", data_dir / "aside"
    folder.mkdir()
    archives = {"train": _pack_train, "val": _pack_val, "devkit": _pack_devkit}
    known = {}
    for part, write in archives.items():
        archive = folder / imagenet.ARCHIVE_META[part][0]
        write(aside / part, archive)
        known[part] = (archive.name, md5(archive))
    shutil.rmtree(aside)
    monkeypatch.setattr(imagenet, "ARCHIVE_META", known)
    return folder


def _pack_train(aside: Path, archive: Path) -> None:
    """A tar of a tar for each class."""
    for _, wnid, _, children in SYNSETS:
        if not children:
            write_images([aside / wnid / f"{wnid}_{i}.JPEG" for i in range(2)])
            _tar(aside / f"{wnid}.tar", sorted((aside / wnid).iterdir()))
    _tar(archive, sorted(aside.glob("*.tar")))


def _pack_val(aside: Path, archive: Path) -> None:
    names = [f"ILSVRC2012_val_{i:08}.JPEG" for i in range(1, len(GROUND_TRUTH) + 1)]
    write_images([aside / name for name in names])
    _tar(archive, sorted(aside.iterdir()))


def _pack_devkit(aside: Path, archive: Path) -> None:
    """data/meta.mat, a MATLAB struct array, and the validation images' class numbers."""
    data = aside / "ILSVRC2012_devkit_t12" / "data"
    data.mkdir(parents=True)
    fields = ("ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "wordnet_height")
    synsets = np.empty((len(SYNSETS), 1), dtype=[(name, "O") for name in fields])
    for row, (number, wnid, words, children) in enumerate(SYNSETS):
        synsets[row, 0] = (number, wnid, words, "a gloss", children, 0)
    savemat(data / "meta.mat", {"synsets": synsets})
    numbers = "".join(f"{number}\n" for number in GROUND_TRUTH)
    (data / "ILSVRC2012_validation_ground_truth.txt").write_text(numbers)
    _tar(archive, [data.parent], "w:gz")


def _tar(archive: Path, paths: list[Path], mode: str = "w") -> None:
    with tarfile.open(archive, mode) as packed:
        for path in paths:
            packed.add(path, path.name)


def write_cub200(data_dir: Path, monkeypatch=None) -> Path:
    folder = data_dir / "CUB_200_2011"
    classes = ["001.Black_footed_Albatross", "002.Laysan_Albatross"]
    files = [f"{name}/{name[4:]}_{i:04}.jpg" for name in classes for i in range(3)]
    write_images([folder / "images" / file for file in files])
    labels, training = [1, 1, 1, 2, 2, 2], [1, 0, 1, 1, 1, 0]
    for name, values in {
        "images.txt": files,
        "image_class_labels.txt": labels,
        "train_test_split.txt": training,
        "classes.txt": classes,
    }.items():
        lines = [f"{i} {value}\n" for i, value in enumerate(values, start=1)]
        (folder / name).write_text("".join(lines))
    return folder


def write_flowers102(data_dir: Path, monkeypatch) -> Path:
    from torchvision.datasets import Flowers102

    folder = data_dir / "flowers-102"
    write_images([folder / "jpg" / f"image_{i:05}.jpg" for i in range(1, 7)])
    savemat(folder / "imagelabels.mat", {"labels": np.array([[1, 102, 3, 1, 102, 3]])})
    parts = {"trnid": [[1, 2, 3]], "valid": [[4]], "tstid": [[5, 6]]}
    savemat(folder / "setid.mat", {name: np.array(ids) for name, ids in parts.items()})
    known = dict(Flowers102._file_dict)
    for key, name in (("label", "imagelabels.mat"), ("setid", "setid.mat")):
        known[key] = (name, md5(folder / name))
    monkeypatch.setattr(Flowers102, "_file_dict", known)
    return folder


def write_stanford_cars(data_dir: Path, monkeypatch=None) -> Path:
    folder = data_dir / "stanford_cars"
    (folder / "devkit").mkdir(parents=True)
    names = np.array(["AM General Hummer SUV 2000", "Acura RL Sedan 2012"], dtype=object)
    savemat(folder / "devkit" / "cars_meta.mat", {"class_names": names.reshape(1, -1)})
    for part, path in (
        ("train", "devkit/cars_train_annos.mat"),
        ("test", "cars_test_annos_withlabels.mat"),
    ):
        rows = [(1, 2, 30, 40, label, f"{i:05}.jpg") for i, label in enumerate((2, 1, 2), start=1)]
        kinds = [(f"bbox_{name}", "O") for name in ("x1", "y1", "x2", "y2")]
        annotations = np.array(rows, dtype=[*kinds, ("class", "O"), ("fname", "O")])
        savemat(folder / path, {"annotations": annotations.reshape(1, -1)})
        write_images([folder / f"cars_{part}" / f"{i:05}.jpg" for i in range(1, 4)])
    return folder


def write_fgvc_aircraft(data_dir: Path, monkeypatch=None) -> Path:
    folder = data_dir / "fgvc-aircraft-2013b"
    data = folder / "data"
    write_images([data / "images" / f"00{i}.jpg" for i in range(5)])
    (data / "variants.txt").write_text("707-320\nA300B4\n")
    (data / "images_variant_trainval.txt").write_text("000 707-320\n001 A300B4\n002 A300B4\n")
    (data / "images_variant_test.txt").write_text("003 A300B4\n004 707-320\n")
    return folder


def write_stanford_dogs(data_dir: Path, monkeypatch=None) -> Path:
    folder = data_dir / "stanford_dogs"
    breeds = ["n02085620-Chihuahua", "n02085782-Japanese_spaniel"]
    files = {
        part: [f"{breed}/{breed[:9]}_{i}.jpg" for breed in breeds for i in numbers]
        for part, numbers in (("train", (1, 2)), ("test", (3,)))
    }
    for part, names in files.items():
        write_images([folder / "Images" / name for name in names])
        cells = np.array(names, dtype=object).reshape(-1, 1)
        labels = np.array([[1 + breeds.index(name.split("/")[0])] for name in names])
        savemat(folder / f"{part}_list.mat", {"file_list": cells, "labels": labels})
    return folder
