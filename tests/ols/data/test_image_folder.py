"""Loading: the layout, the labels, and what is wrong with a folder."""

from __future__ import annotations

import shutil

import pytest
import torch

from ols.data.availability import availability
from ols.data.loading import load_dataset
from ols.errors import DatasetUnavailable, SpecError
from ols.spec.datasets.image_folder import ImageFolder
from ols.spec.run_spec import RunSpec
from tests.ols.image_files import CLASSES, write_folder, write_image

TOY = ImageFolder(folder="toy", size=16)


@pytest.mark.parametrize("tests", ["val", "test"])
def test_names_and_labels_are_those_of_the_folders(tmp_path, tests):
    write_folder(tmp_path / "toy", tests=tests)
    data = load_dataset(TOY, tmp_path)
    assert data.classes == CLASSES
    assert (len(data.train), len(data.test), data.channels) == (30, 12, 3)
    assert torch.equal(data.test.labels, torch.arange(3).repeat_interleave(4))
    for path, label in zip(data.train.paths, data.train.labels.tolist(), strict=True):
        assert f"/train/{CLASSES[label]}/" in path


def test_val_comes_before_a_test_folder_without_labels(tmp_path):
    write_folder(tmp_path / "toy")
    write_image(tmp_path / "toy" / "test" / "1.jpg", 0, 0)
    assert len(load_dataset(TOY, tmp_path).test) == 12


@pytest.mark.parametrize("missing", ["", "train", "val"])
def test_a_missing_folder_names_the_place_and_the_layout(tmp_path, missing):
    write_folder(tmp_path / "toy")
    shutil.rmtree(tmp_path / "toy" / missing)
    with pytest.raises(DatasetUnavailable, match="train/<class>") as info:
        load_dataset(TOY, tmp_path)
    assert str(tmp_path / "toy") in str(info.value)


def test_a_part_without_class_folders_is_explained(tmp_path):
    write_folder(tmp_path / "toy")
    shutil.rmtree(tmp_path / "toy" / "val")
    (tmp_path / "toy" / "val").mkdir()
    with pytest.raises(DatasetUnavailable, match=r"class folder in .*val.*Expected: train/<class>"):
        load_dataset(TOY, tmp_path)


def test_an_empty_class_folder_is_named(tmp_path):
    write_folder(tmp_path / "toy")
    (tmp_path / "toy" / "train" / "white").mkdir()
    with pytest.raises(DatasetUnavailable, match=r"no image in these .*train: white"):
        load_dataset(TOY, tmp_path)


def test_classes_of_only_one_part_are_named(tmp_path):
    write_folder(tmp_path / "toy")
    write_image(tmp_path / "toy" / "val" / "white" / "1.png", 0, 0)
    with pytest.raises(DatasetUnavailable, match="same classes; only one has white"):
        load_dataset(TOY, tmp_path)


def test_availability_lists_the_folders(tmp_path):
    answer = availability(tmp_path)["image_folder"]
    assert not answer["available"]
    assert "train/<class>" in answer["detail"]
    write_folder(tmp_path / "toy")
    answer = availability(tmp_path)["image_folder"]
    assert answer == {"available": True, "detail": f"folders in {tmp_path}: toy"}
    assert not availability(tmp_path / "absent")["image_folder"]["available"]


@pytest.mark.parametrize(
    "folder",
    ["", " ", ".", "..", "../x", "a/b", "/etc", "a\\b", ".hidden", "C:", "a\0b", "a\n", "x" * 101],
)
def test_what_is_no_plain_name_is_refused(folder):
    with pytest.raises(SpecError) as info:
        RunSpec.parse({"method": "ols", "dataset": {"name": "image_folder", "folder": folder}})
    assert [field.path for field in info.value.fields] == ["dataset.folder"]


@pytest.mark.parametrize("folder", ["flowers", "tiny-imagenet_200", "Blumen äöü", "v1.2", 2024])
def test_plain_names_are_taken(folder):
    assert ImageFolder(folder=folder).folder == str(folder)


def test_a_shift_is_refused_because_crops_are_random_already():
    with pytest.raises(SpecError, match=r"augment\.shift"):
        RunSpec.parse({"method": "ols", "dataset": "image_folder", "augment": {"shift": 2}})
