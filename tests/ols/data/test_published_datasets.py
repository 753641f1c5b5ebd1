"""On files of the real layouts that the tests write: nothing is downloaded."""

from __future__ import annotations

import os
import pickle
import shutil

import numpy as np
import pytest
import torch

from ols.data import imagenet
from ols.data.availability import availability
from ols.data.dataset import FileSplit
from ols.data.download import download
from ols.data.loading import load_dataset
from ols.data.published_files import PUBLISHED
from ols.errors import DatasetUnavailable
from ols.spec.catalogue import DATASETS, superclasses
from ols.spec.datasets.cifar import CIFAR100_SUPERCLASSES
from ols.spec.datasets.imagenet import ImageNet
from ols.training.trainer import Trainer
from tests.ols import published_files as files

PARTS = {entry.name: entry.part for entry in DATASETS}
IN_MEMORY = ("cifar10", "cifar100", "svhn", "tiny_imagenet")
PHOTOGRAPHS = [name for name in PUBLISHED if name not in IN_MEMORY]
# A file that lists what there is, of each.
LISTS = {
    "cifar10": "data_batch_3",
    "cifar100": "train",
    "svhn": "train_32x32.mat",
    "tiny_imagenet": "val/val_annotations.txt",
    "cub200": "train_test_split.txt",
    "flowers102": "setid.mat",
    "stanford_cars": "devkit/cars_train_annos.mat",
    "fgvc_aircraft": "data/images_variant_test.txt",
    "stanford_dogs": "train_list.mat",
}


def write(name, data_dir, monkeypatch):
    return getattr(files, f"write_{name}")(data_dir, monkeypatch)


def load(name, data_dir):
    return load_dataset(PARTS[name](), data_dir)


@pytest.mark.parametrize(
    ("name", "classes", "train", "test"),
    [
        (
            "imagenet",
            ["n01440764", "n02012849", "n03126707"],
            [0, 0, 0, 1, 1, 1, 2, 2, 2],
            [0, 1, 2],
        ),
        ("cub200", ["Black footed Albatross", "Laysan Albatross"], [0, 0, 1, 1], [0, 1]),
        (
            "stanford_cars",
            ["AM General Hummer SUV 2000", "Acura RL Sedan 2012"],
            [1, 0, 1],
            [1, 0, 1],
        ),
        ("fgvc_aircraft", ["707-320", "A300B4"], [0, 1, 1], [1, 0]),
        ("stanford_dogs", ["Chihuahua", "Japanese spaniel"], [0, 0, 1, 1], [0, 1]),
    ],
)
def test_names_files_and_labels_are_those_of_the_lists(
    tmp_path, monkeypatch, name, classes, train, test
):
    write(name, tmp_path, monkeypatch)
    data = load(name, tmp_path)
    assert list(data.classes) == classes
    assert (data.train.labels.tolist(), data.test.labels.tolist()) == (train, test)
    assert not set(data.train.paths) & set(data.test.paths)


def test_flowers_are_trained_on_the_official_training_part(tmp_path, monkeypatch):
    write("flowers102", tmp_path, monkeypatch)
    data = load("flowers102", tmp_path)
    assert (len(data.classes), data.classes[0]) == (102, "pink primrose")
    assert [path[-9:] for path in data.train.paths] == ["00001.jpg", "00002.jpg", "00003.jpg"]
    assert (data.train.labels.tolist(), data.test.labels.tolist()) == ([0, 101, 2], [101, 2])


def test_cifar10_is_its_five_batches_and_its_test_batch(tmp_path, monkeypatch):
    write("cifar10", tmp_path, monkeypatch)
    data = load("cifar10", tmp_path)
    assert (data.train.images.shape, len(data.test)) == ((50, 3, 32, 32), 10)
    planes = np.concatenate([files.cifar_pixels(10, seed) for seed in range(5)])
    assert np.array_equal(data.train.images.flatten(1).numpy(), planes)
    assert data.train.labels.tolist() == 5 * list(range(10))
    assert list(data.classes) == files.CIFAR10_NAMES


def test_cifar100_knows_its_superclasses(tmp_path, monkeypatch):
    write("cifar100", tmp_path, monkeypatch)
    data = load("cifar100", tmp_path)
    assert (data.train.channels, len(data.classes)) == (3, 100)
    assert data.mean == (125.3 / 255, 123 / 255, 113.9 / 255)
    above = dict(zip(data.classes, superclasses("cifar100", 100), strict=True))
    assert (above["maple_tree"], above["streetcar"]) == ("trees", "vehicles 2")
    assert {name for name in above if above[name] == "fish"} == set(CIFAR100_SUPERCLASSES["fish"])


def test_svhn_counts_zero_as_class_zero(tmp_path, monkeypatch):
    write("svhn", tmp_path, monkeypatch)
    data = load("svhn", tmp_path)
    assert (data.train.images.shape, len(data.test)) == ((20, 3, 32, 32), 10)
    assert data.train.labels.tolist() == 2 * list(range(10))
    assert torch.equal(
        data.train.images[3, :, 5, 7], torch.from_numpy(files.svhn_pixels(20)[5, 7, :, 3])
    )
    assert not PARTS["svhn"].mirrors


def test_svhns_extra_images_are_trained_on_where_they_are(tmp_path, monkeypatch):
    folder = write("svhn", tmp_path, monkeypatch)
    part = PARTS["svhn"](extra=True)
    assert len(load_dataset(part, tmp_path).train) == 50
    (folder / "extra_32x32.mat").unlink()
    with pytest.raises(DatasetUnavailable, match=r"lacks extra_32x32\.mat .*switch dataset\.extra"):
        load_dataset(part, tmp_path)


def test_tiny_imagenet_is_its_lists_and_is_decoded_once(tmp_path, monkeypatch):
    folder = write("tiny_imagenet", tmp_path, monkeypatch)
    data = load("tiny_imagenet", tmp_path)
    assert data.classes == ("tench", "crane (n02012849)", "crane (n03126707)")
    assert data.train.images.shape == (9, 3, 64, 64)
    assert (data.train.labels.tolist(), data.test.labels.tolist()) == (
        [0] * 3 + [1] * 3 + [2] * 3,
        [2, 0, 1],
    )
    kept = (folder / "pixels.npz").stat().st_mtime_ns
    few = load_dataset(PARTS["tiny_imagenet"](train_per_class=2), tmp_path)
    assert few.train_numbers.tolist() == [0, 1, 3, 4, 6, 7]
    assert torch.equal(few.train.images, data.train.images[few.train_numbers])
    assert (folder / "pixels.npz").stat().st_mtime_ns == kept


def test_what_is_wrong_with_tiny_imagenets_images_is_named(tmp_path, monkeypatch):
    folder = write("tiny_imagenet", tmp_path, monkeypatch)
    image = folder / "val" / "images" / "val_0.JPEG"
    image.write_bytes(b"no image")
    with pytest.raises(DatasetUnavailable, match=r"val_0\.JPEG can't be read as an image"):
        load("tiny_imagenet", tmp_path)
    image.unlink()
    with pytest.raises(DatasetUnavailable, match=r"val_0\.JPEG is listed but not there"):
        load("tiny_imagenet", tmp_path)
    files.write_square(image, 32)
    with pytest.raises(DatasetUnavailable, match=r"has \(32, 32\) pixels, not 64 x 64"):
        load("tiny_imagenet", tmp_path)
    shutil.rmtree(folder / "train" / "n03126707")
    with pytest.raises(DatasetUnavailable, match="train/n03126707/images holds no image"):
        load("tiny_imagenet", tmp_path)


def test_the_superclasses_are_twenty_of_five():
    assert len(CIFAR100_SUPERCLASSES) == 20
    assert {len(names) for names in CIFAR100_SUPERCLASSES.values()} == {5}
    assert len({name for names in CIFAR100_SUPERCLASSES.values() for name in names}) == 100


def test_a_packed_cifar_is_unpacked_on_first_use(tmp_path, monkeypatch):
    from torchvision.datasets import CIFAR100

    folder = write("cifar100", tmp_path, monkeypatch)
    archive = tmp_path / PUBLISHED["cifar100"].archive
    monkeypatch.setattr(CIFAR100, "tgz_md5", files.pack(folder, archive))
    assert "unpacked on first use" in availability(tmp_path)["cifar100"]["detail"]
    assert len(load("cifar100", tmp_path).train) == 100
    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name, archive.name]
    archive.write_bytes(archive.read_bytes()[:-1])
    shutil.rmtree(folder)
    with pytest.raises(DatasetUnavailable, match=r"tar\.gz is damaged"):
        load("cifar100", tmp_path)


@pytest.mark.parametrize(
    ("name", "file"),
    [(name, file) for name in ("cifar10", "cifar100") for file in PUBLISHED[name].needed],
)
def test_a_pickle_that_is_not_the_published_one_is_never_opened(tmp_path, monkeypatch, name, file):
    folder = write(name, tmp_path, monkeypatch)
    # Would make a folder when it is unpickled.
    (folder / file).write_bytes(b"cos\nmkdir\n(V" + str(tmp_path / "run").encode() + b"\ntR.")
    with pytest.raises(DatasetUnavailable, match=r"files in .* are damaged"):
        load(name, tmp_path)
    assert not (tmp_path / "run").exists()


class RunsCode:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_code_in_imagenets_names_is_never_run(tmp_path):
    folder = files.write_imagenet(tmp_path)
    torch.save((RunsCode(str(tmp_path / "run")), []), folder / "meta.bin")
    with pytest.raises(DatasetUnavailable, match=r"ImageNet's files in .* are damaged"):
        load("imagenet", tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["svhn", "flowers102", "stanford_cars", "stanford_dogs"])
def test_a_pickle_among_matlabs_files_is_never_opened(tmp_path, monkeypatch, name):
    folder = write(name, tmp_path, monkeypatch)
    content = pickle.dumps(RunsCode(str(tmp_path / "run")))
    for path in folder.rglob("*.mat"):
        path.write_bytes(content)
    with pytest.raises(DatasetUnavailable, match=r"files in .* are damaged"):
        load(name, tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_absent_dataset_says_where_and_what_and_who(tmp_path, name):
    files = PUBLISHED[name]
    with pytest.raises(DatasetUnavailable) as info:
        load(name, tmp_path)
    message = str(info.value)
    assert str(tmp_path / files.folder) in message
    assert files.source in message
    assert (f"ols download {name}" in message) == (files.fetched or name == "imagenet")
    assert availability(tmp_path)[name] == {"available": False, "detail": message}


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_there_is_available_and_a_missing_file_is_named(tmp_path, monkeypatch, name):
    folder = write(name, tmp_path, monkeypatch)
    assert availability(tmp_path)[name] == {"available": True, "detail": f"files in {folder}"}
    gone = PUBLISHED[name].needed[-1]
    path = folder / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(DatasetUnavailable, match=f"lacks {gone}"):
        load(name, tmp_path)


@pytest.mark.parametrize("name", LISTS)
def test_a_damaged_list_is_a_clear_error(tmp_path, monkeypatch, name):
    folder = write(name, tmp_path, monkeypatch)
    (folder / LISTS[name]).write_bytes(b"damaged\n")
    with pytest.raises(DatasetUnavailable, match="are damaged or of another layout"):
        load(name, tmp_path)


@pytest.mark.parametrize("name", [name for name in PHOTOGRAPHS if name != "imagenet"])
def test_a_listed_image_that_is_missing_is_named(tmp_path, monkeypatch, name):
    write(name, tmp_path, monkeypatch)
    path = load(name, tmp_path).test.paths[0]
    (tmp_path / path).unlink()
    with pytest.raises(DatasetUnavailable, match=f"{path} is listed but not there"):
        load(name, tmp_path)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_corrupted_image_is_named_before_the_first_step(tmp_path, monkeypatch, name):
    write(name, tmp_path, monkeypatch)
    path = load(name, tmp_path).train.paths[-1]
    (tmp_path / path).write_bytes(b"no image")
    with pytest.raises(DatasetUnavailable, match=f"{path} can't be read as an image"):
        load(name, tmp_path)


def test_imagenet_takes_its_names_from_the_devkit(tmp_path):
    folder = files.write_imagenet(tmp_path)
    names = {
        "n01440764": ("tench", "Tinca tinca"),
        "n02012849": ("crane",),
        "n03126707": ("crane",),
    }
    torch.save((names, []), folder / "meta.bin")  # as torchvision makes it from the devkit
    data = load("imagenet", tmp_path)
    assert data.classes == ("tench", "crane (n02012849)", "crane (n03126707)")
    assert data.test.labels.tolist() == [0, 1, 2]


def test_imagenets_archives_are_unpacked_and_named_by_their_devkit(tmp_path, monkeypatch):
    folder = files.write_imagenet_archives(tmp_path, monkeypatch)
    unpacks = (
        rf"archives are there; `python -m ols download imagenet --data-dir {tmp_path}` unpacks"
    )
    with pytest.raises(DatasetUnavailable, match=unpacks):
        load("imagenet", tmp_path)
    download("imagenet", tmp_path)
    data = load("imagenet", tmp_path)
    assert data.classes == ("tench", "crane (n02012849)", "crane (n03126707)")
    assert data.train.labels.tolist() == [0, 0, 1, 1, 2, 2]
    numbers = [path[-13:-5] for path in data.test.paths]
    truth = dict(zip(numbers, data.test.labels.tolist(), strict=True))
    assert truth == {"00000001": 1, "00000002": 2, "00000003": 0, "00000004": 2}
    for path, label in zip(data.train.paths, data.train.labels.tolist(), strict=True):
        assert f"train/{('n01440764', 'n02012849', 'n03126707')[label]}/" in path
    (folder / "meta.bin").unlink()  # made from the devkit once more
    assert load("imagenet", tmp_path).classes == data.classes


@pytest.mark.parametrize("part", ["img_train.tar", "img_val.tar", "devkit_t12.tar.gz"])
def test_a_damaged_archive_of_imagenet_is_named(tmp_path, monkeypatch, part):
    folder = files.write_imagenet_archives(tmp_path, monkeypatch)
    archive = folder / f"ILSVRC2012_{part}"
    archive.write_bytes(archive.read_bytes()[:-1])
    with pytest.raises(DatasetUnavailable, match=rf"{archive.name} .*corrupted"):
        download("imagenet", tmp_path)


def test_a_damaged_devkit_is_a_clear_error(tmp_path):
    folder = files.write_imagenet(tmp_path)
    (folder / "ILSVRC2012_devkit_t12.tar.gz").write_bytes(b"damaged")
    with pytest.raises(DatasetUnavailable, match=r"ImageNet's files in .*corrupted"):
        load("imagenet", tmp_path)


def test_all_thousand_folders_get_names_without_a_devkit(tmp_path):
    names = imagenet.class_names(tmp_path, [f"n{i:08}" for i in range(1000)])
    assert (len(set(names)), names[0]) == (1000, "tench")


@pytest.mark.parametrize("devkit", [True, False])
def test_a_hidden_folder_is_no_class_of_imagenet(tmp_path, devkit):
    folder = files.write_imagenet(tmp_path)
    for part in ("train", "val"):
        files.write_images([folder / part / ".ipynb_checkpoints" / "1.JPEG"])
    ids = sorted(path.name for path in (folder / "val").iterdir() if path.name[0] == "n")
    if devkit:
        torch.save(({wnid: (wnid,) for wnid in ids}, []), folder / "meta.bin")
    data = load("imagenet", tmp_path)
    assert list(data.classes) == ids
    assert data.notes[0] == "train: skipped 1 hidden or system name (.ipynb_checkpoints)"


def test_imagenet_takes_the_first_images_of_each_class(tmp_path):
    files.write_imagenet(tmp_path)
    few, all_ = (load_dataset(ImageNet(train_per_class=n), tmp_path) for n in (2, 1300))
    assert (few.train.labels.tolist(), len(all_.train)) == ([0, 0, 1, 1, 2, 2], 9)
    assert {path[-7:] for path in few.train.paths} == {"_0.JPEG", "_1.JPEG"}
    assert few.test.paths == all_.test.paths


def test_classes_of_only_one_part_of_imagenet_are_named(tmp_path):
    folder = files.write_imagenet(tmp_path)
    shutil.rmtree(folder / "val" / "n03126707")
    with pytest.raises(DatasetUnavailable, match="same classes; only one has n03126707"):
        load("imagenet", tmp_path)


@pytest.mark.parametrize("name", ["cifar100", "svhn", "tiny_imagenet", "stanford_dogs"])
def test_a_run_trains_on_it(tmp_path, monkeypatch, spec, name):
    write(name, tmp_path, monkeypatch)
    size = {} if name in IN_MEMORY else {"size": 32, "workers": 0}
    made = spec(
        dataset={"name": name, **size},
        model={"name": "small_cnn", "width": 4},
        epochs=1,
        batch_size=16,
        schedule="constant",
    )
    trainer = Trainer(made, data_dir=tmp_path)
    (report,) = trainer
    assert isinstance(trainer._data.test, FileSplit) == (name == "stanford_dogs")
    assert report.metrics["train_loss"] > 0
    assert trainer.info.classes == load(name, tmp_path).classes
