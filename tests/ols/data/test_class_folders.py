"""What a folder may hold that is no class or no image, and links."""

from __future__ import annotations

import os

import pytest

from ols.data.check import check
from ols.data.class_folders import read_class_folders
from ols.data.image_files import find_folders
from ols.data.loading import load_dataset
from ols.errors import DatasetUnavailable
from ols.spec.datasets.image_folder import ImageFolder
from ols.training.trainer import Trainer
from tests.ols.image_files import CLASSES, write_folder, write_image

TOY = ImageFolder(folder="toy", size=16, workers=0)


@pytest.fixture
def toy(tmp_path):
    """train/ and val/ of three classes, two images each and one."""
    write_folder(tmp_path / "toy", train=2, test=1)
    return tmp_path / "toy"


def load(toy):
    """The dataset, which `check-data` must find too."""
    data = load_dataset(TOY, toy.parent)
    checked = check(TOY, toy.parent, 1)
    assert (checked.images, checked.notes) == (len(data.train) + len(data.test), data.notes)
    assert data.classes == CLASSES
    return data


def names(data):
    return [path.rpartition("/")[2] for path in data.train.paths]


def test_a_plain_folder_needs_no_note(toy):
    assert load(toy).notes == ()


@pytest.mark.parametrize(
    "name", [".ipynb_checkpoints", ".Trash-1000", "__MACOSX", "@eaDir", "$RECYCLE.BIN"]
)
def test_a_folder_that_a_system_left_is_no_class_and_is_counted(toy, name):
    for part in ("train", "val"):
        write_image(toy / part / name / "0.png", 0, 0)
        write_image(toy / part / "red" / name / "SYNOPHOTO_THUMB_M.jpg", 0, 0)
    data = load(toy)
    assert (len(data.train), len(data.test)) == (6, 3)
    assert data.notes == tuple(
        f"{part}: skipped 2 hidden or system names ({name}, red/{name})"
        for part in ("train", "val")
    )


@pytest.mark.parametrize("name", ["._000.png", ".DS_Store", "Thumbs.db", "desktop.ini", ".hidden"])
def test_a_file_that_a_system_left_is_no_image(toy, name):
    for folder in (toy / "train", toy / "train" / "red"):
        (folder / name).write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    data = load(toy)
    assert len(data.train) == 6
    assert data.notes == (f"train: skipped 2 hidden or system names ({name}, red/{name})",)


def test_a_hidden_folder_is_no_dataset(toy):
    (toy.parent / ".toy").symlink_to(toy)
    assert find_folders(toy.parent) == ["toy"]


# -- links ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [".", "..", "../..", "../../..", "/"])
def test_a_link_to_a_folder_above_multiplies_nothing(toy, target):
    (toy / "train" / "red" / "again").symlink_to(target)
    data = load(toy)
    assert len(data.train) == 6
    assert data.notes == ("train: skipped 1 linked folder that is read already (red/again)",)


def test_a_link_to_another_class_leaves_that_class_its_images(toy):
    (toy / "train" / "blue" / "more").symlink_to("../red")
    data = load(toy)
    assert data.train.labels.bincount().tolist() == [2, 2, 2]
    assert "blue/more" in data.notes[0]


@pytest.mark.parametrize("outside", [True, False])
def test_a_linked_class_folder_works(toy, tmp_path, outside):
    stored = (tmp_path if outside else toy) / "store"
    (toy / "train" / "blue").rename(stored)
    (toy / "train" / "blue").symlink_to(stored)
    data = load(toy)
    assert data.train.labels.bincount().tolist() == [2, 2, 2]
    assert all("/train/blue/" in path for path in data.train.paths[:2])
    assert data.notes == ()


def test_linked_parts_datasets_and_images_work(toy, tmp_path):
    (toy / "val").rename(tmp_path / "elsewhere")
    (toy / "val").symlink_to(tmp_path / "elsewhere")
    (toy / "train" / "red" / "linked.png").symlink_to(toy / "train" / "blue" / "000.png")
    data = load(toy)
    assert (len(data.train), len(data.test)) == (7, 3)
    toy.rename(tmp_path / "moved")
    toy.symlink_to(tmp_path / "moved")
    assert load(toy).notes == ()


def test_two_links_to_one_folder_are_read_once(toy, tmp_path):
    write_image(tmp_path / "store" / "deep" / "new.png", 0, 0)
    (toy / "train" / "blue" / "a").symlink_to(tmp_path / "store")
    (toy / "train" / "red" / "b").symlink_to(tmp_path / "store" / "deep")
    data = load(toy)
    assert names(data).count("new.png") == 1
    assert data.notes == ("train: skipped 1 linked folder that is read already (red/b)",)


def test_links_to_themselves_and_to_nothing_are_no_folders(toy):
    (toy / "train" / "red" / "loop").symlink_to("loop")
    (toy / "train" / "red" / "gone").symlink_to("nowhere")
    assert load(toy).notes == (
        "train: skipped 2 files without the suffix of an image (red/gone, red/loop)",
    )


def test_a_class_that_is_a_link_to_another_is_told(toy):
    for part in ("train", "val"):
        (toy / part / "white").symlink_to("red")
    with pytest.raises(DatasetUnavailable, match=r"no image .*: white;.*1 linked folder that is"):
        load_dataset(TOY, toy.parent)


# -- names, depths, classes ----------------------------------------------------------------------


def test_images_lie_at_any_depth_and_suffixes_in_any_case(toy):
    for name in ("deep/er/1.png", "UPPER.PNG", "Mixed.JpEg", "old.gif", "scan.TIF", "new.webp"):
        write_image(toy / "train" / "red" / name, 2, 0)
    data = load(toy)
    assert names(data)[4:] == [
        *("000.png", "001.jpg", "Mixed.JpEg", "UPPER.PNG", "new.webp", "old.gif", "scan.TIF"),
        "1.png",
    ]
    assert data.train.labels.tolist()[4:] == [2] * 8


def test_the_order_is_that_of_torchvisions_image_folder(toy):
    from torchvision.datasets import ImageFolder as Torchvision

    for name in ("a/1.png", "a b/1.png", "a-b/1.png", "B/1.png", "1.png"):
        write_image(toy / "train" / "red" / name, 2, 0)
    assert list(load(toy).train.paths) == [p for p, _ in Torchvision(toy / "train").samples]


def test_other_files_are_counted_by_name(toy):
    for name in ("labels.csv", "red/1.heic", "red/deep/notes.txt", "red/png", "blue/a.jpg.part"):
        path = toy / "train" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    assert load(toy).notes == (
        "train: skipped 4 files without the suffix of an image (blue/a.jpg.part, red/1.heic, "
        "red/deep/notes.txt, ...), 1 file outside the class folders (labels.csv)",
    )


def test_empty_class_folders_are_named_with_what_was_skipped(toy):
    (toy / "train" / "white").mkdir()
    (toy / "train" / "white" / "1.heic").write_bytes(b"")
    with pytest.raises(DatasetUnavailable, match=r"no image .*: white; fill.*\(white/1\.heic\)"):
        load_dataset(TOY, toy.parent)


def test_a_class_of_only_one_part_is_named_and_hidden_ones_are_none(toy):
    write_image(toy / "val" / "white" / "1.png", 0, 0)
    write_image(toy / "val" / ".white" / "1.png", 0, 0)
    with pytest.raises(DatasetUnavailable, match=r"same classes; only one has white$"):
        load_dataset(TOY, toy.parent)


def test_a_class_name_that_is_not_utf_8_is_refused(toy):
    (toy / "train" / os.fsdecode(b"caf\xe9")).mkdir()
    with pytest.raises(DatasetUnavailable, match=r"name that is not UTF-8, 'caf\\udce9'; rename"):
        load_dataset(TOY, toy.parent)


def test_a_folder_that_cannot_be_read_is_named(toy, monkeypatch):
    def refuse(path):
        if str(path).endswith("red"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    scandir = os.scandir
    monkeypatch.setattr("ols.data.class_folders.os.scandir", refuse)
    with pytest.raises(DatasetUnavailable, match=r"train/red can't be read: Permission denied"):
        read_class_folders(toy / "train")


def test_a_run_tells_what_was_skipped_once(toy, spec, tmp_path):
    (toy / "train" / "red" / ".DS_Store").write_bytes(b"")
    dataset = {"name": "image_folder", "folder": "toy", "size": 16, "workers": 0}
    first, second = Trainer(
        spec(dataset=dataset, epochs=2, model={"width": 4}),
        data_dir=tmp_path,
        checkpoint_dir=tmp_path / "run",
    )
    told = "train: skipped 1 hidden or system name (red/.DS_Store)"
    assert told in first.warnings
    assert told not in second.warnings
