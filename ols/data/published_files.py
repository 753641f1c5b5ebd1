"""Where the published datasets lie and what provides them. No torch: availability reads this.

Each has one folder in the data folder, in the layout of its own archives, which is also that of
torchvision's class where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PublishedFiles:
    """`folder` lies in the data folder and must hold `needed`; `source` says what to download.

    `fetched`: by `python -m ols download`. `archive`, in the data folder, is unpacked on first use;
    `archives`, in `folder`, by `python -m ols download`.
    """

    title: str
    folder: str
    needed: tuple[str, ...]
    source: str
    fetched: bool = False
    archive: str = ""
    archives: tuple[str, ...] = ()

    def missing(self, data_dir: Path) -> list[str]:
        """What `folder` lacks."""
        return [name for name in self.needed if not (data_dir / self.folder / name).exists()]

    def packed(self, data_dir: Path) -> bool:
        """Whether the archive lies where it is unpacked from."""
        return bool(self.archive) and (data_dir / self.archive).is_file()


PUBLISHED = {
    "cifar10": PublishedFiles(
        "CIFAR-10",
        "cifar-10-batches-py",
        (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"),
        "cifar-10-python.tar.gz (163 MB) from https://www.cs.toronto.edu/~kriz/cifar.html",
        fetched=True,
        archive="cifar-10-python.tar.gz",
    ),
    "cifar100": PublishedFiles(
        "CIFAR-100",
        "cifar-100-python",
        ("train", "test", "meta"),
        "cifar-100-python.tar.gz (161 MB) from https://www.cs.toronto.edu/~kriz/cifar.html",
        fetched=True,
        archive="cifar-100-python.tar.gz",
    ),
    "svhn": PublishedFiles(
        "SVHN",
        "svhn",
        ("train_32x32.mat", "test_32x32.mat"),
        "train_32x32.mat (182 MB) and test_32x32.mat (64 MB) from "
        "http://ufldl.stanford.edu/housenumbers/",
        fetched=True,
    ),
    "tiny_imagenet": PublishedFiles(
        "Tiny-ImageNet",
        "tiny-imagenet-200",
        ("train", "val/images", "val/val_annotations.txt", "wnids.txt", "words.txt"),
        "tiny-imagenet-200.zip (248 MB) from http://cs231n.stanford.edu/, unpacked",
    ),
    "imagenet": PublishedFiles(
        "ImageNet",
        "imagenet",
        ("train", "val"),
        "ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar and ILSVRC2012_devkit_t12.tar.gz from "
        "https://image-net.org (with an account)",
        archives=(
            *("ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar"),
            "ILSVRC2012_devkit_t12.tar.gz",
        ),
    ),
    "cub200": PublishedFiles(
        "CUB-200-2011",
        "CUB_200_2011",
        (
            *("images", "images.txt", "classes.txt"),
            *("image_class_labels.txt", "train_test_split.txt"),
        ),
        "CUB_200_2011.tgz from https://www.vision.caltech.edu/datasets/cub_200_2011/, unpacked",
    ),
    "flowers102": PublishedFiles(
        "Flowers-102",
        "flowers-102",
        ("jpg", "imagelabels.mat", "setid.mat"),
        "102flowers.tgz (unpacked), imagelabels.mat and setid.mat from "
        "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
        fetched=True,
    ),
    "stanford_cars": PublishedFiles(
        "Stanford Cars",
        "stanford_cars",
        (
            *("devkit/cars_meta.mat", "devkit/cars_train_annos.mat"),
            *("cars_train", "cars_test", "cars_test_annos_withlabels.mat"),
        ),
        "cars_train, cars_test, devkit and cars_test_annos_withlabels.mat from a mirror: the "
        "authors' address is gone",
    ),
    "fgvc_aircraft": PublishedFiles(
        "FGVC-Aircraft",
        "fgvc-aircraft-2013b",
        (
            *("data/images", "data/variants.txt"),
            *("data/images_variant_trainval.txt", "data/images_variant_test.txt"),
        ),
        "fgvc-aircraft-2013b.tar.gz from https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/, "
        "unpacked",
        fetched=True,
    ),
    "stanford_dogs": PublishedFiles(
        "Stanford Dogs",
        "stanford_dogs",
        ("Images", "train_list.mat", "test_list.mat"),
        "images.tar and lists.tar from http://vision.stanford.edu/aditya86/ImageNetDogs/, unpacked",
    ),
}


def advice(name: str, data_dir: Path) -> str:
    """Where was looked, what to download, and whether the lab can do it."""
    files = PUBLISHED[name]
    where = data_dir / files.folder
    missing = ", ".join(files.missing(data_dir))
    command = f"`python -m ols download {name} --data-dir {data_dir}`"
    text = f"{files.title} is not on this machine: {where} lacks {missing}."
    if files.archives:
        there = all((where / archive).is_file() for archive in files.archives)
        by_hand = f"The lab can't fetch it. Put there {files.source}"
        return f"{text} {'Its archives are there' if there else by_hand}; {command} unpacks them."
    text += f" {command} fetches it; or put" if files.fetched else " The lab can't fetch it. Put"
    packed = f" (or, packed, into {data_dir})" if files.archive else ""
    return f"{text} there{packed} {files.source}."
