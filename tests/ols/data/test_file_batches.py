"""Batches from files: the same for any number of workers, shared as those in memory are."""

from __future__ import annotations

import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from ols.data.batches import Normalise, TrainingBatches
from ols.data.dataset import Split
from ols.data.feeding import evaluation_batches, training_batches
from ols.data.image_folder import load
from ols.data.reading import MEAN, STD
from ols.errors import DatasetUnavailable, SpecError
from ols.spec.datasets.image_folder import ImageFolder
from ols.spec.parts.training_data import Augment
from tests.ols.image_files import write_folder

NORMALISE = Normalise(MEAN, STD, torch.device("cpu"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    write_folder(path / "toy")
    return path


def splits(folder, workers=0):
    data = load(ImageFolder(folder="toy", size=16, workers=workers), folder)
    return data.train, data.test


def train_batches(split, seed=0, rank=0, ranks=1, flip=True):
    generator = torch.Generator().manual_seed(seed)
    augment = Augment(flip=flip)
    return training_batches(split, 8, augment, NORMALISE, generator, rank, ranks)


def pixels(batches):
    return torch.cat([batch.images for batch in batches])


def test_an_epoch_visits_every_file_once_in_a_new_order(folder):
    split, _ = splits(folder)
    batches = train_batches(split)
    assert len(batches) == 4
    orders = []
    for _ in range(2):
        epoch = list(batches)
        assert [batch.size for batch in epoch] == [8, 8, 8, 6]
        assert epoch[0].images.shape == (8, 3, 16, 16)
        orders.append(torch.cat([batch.indices for batch in epoch]))
        for batch in epoch:
            assert torch.equal(batch.labels, split.labels[batch.indices])
            # The files' colours are their classes.
            assert torch.equal(2 - batch.images.mean((2, 3)).argmax(1), batch.labels)
    assert not torch.equal(*orders)
    assert torch.equal(orders[0].sort().values, torch.arange(30))


def test_workers_change_no_pixel(folder):
    (alone, alone_test), (helped, helped_test) = splits(folder), splits(folder, workers=2)
    batches, with_workers = train_batches(alone), train_batches(helped)
    for epoch in range(2):
        torch.manual_seed(epoch)  # whatever else the process draws
        for one, other in zip(batches, with_workers, strict=True):
            assert torch.equal(one.images, other.images)
            assert torch.equal(one.indices, other.indices)
    for one, other in zip(
        evaluation_batches(alone_test, 5, NORMALISE),
        evaluation_batches(helped_test, 5, NORMALISE),
        strict=True,
    ):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epoch_left_in_the_middle_leaves_nothing_behind(folder, workers):
    split, _ = splits(folder, workers)
    left, whole = train_batches(split), train_batches(split)
    next(iter(left))
    list(whole)
    assert torch.equal(pixels(left), pixels(whole))


def test_a_samples_crop_is_another_in_each_epoch_and_the_generator_decides(folder):
    split, _ = splits(folder)
    split = split.select(torch.tensor([4]))
    first, second = (pixels(batches) for batches in [train_batches(split)] for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first, pixels(train_batches(split)))
    assert not torch.equal(first, pixels(train_batches(split, seed=1)))


@pytest.mark.parametrize("workers", [0, 2])
def test_the_global_random_numbers_stay_untouched(folder, workers):
    before = torch.get_rng_state()
    train, test = splits(folder, workers)
    list(train_batches(train))
    list(evaluation_batches(test, 5, NORMALISE))
    assert torch.equal(torch.get_rng_state(), before)


def test_evaluation_takes_the_middle_of_every_file_in_order(folder):
    _, split = splits(folder)
    made = torch.cat([images for images, _ in evaluation_batches(split, 5, NORMALISE)])
    middle = v2.Compose([v2.Resize(18), v2.CenterCrop(16), v2.PILToTensor()])
    files = [middle(Image.open(path).convert("RGB")) for path in split.paths]
    assert torch.equal(made, NORMALISE(torch.stack(files)))


@pytest.mark.parametrize("ranks", [2, 3])
def test_the_shares_of_all_processes_are_the_batch_of_one(folder, ranks):
    train, test = splits(folder)
    shared = [train_batches(train, rank=rank, ranks=ranks) for rank in range(ranks)]
    for one, *parts in zip(train_batches(train), *shared, strict=True):
        for field in ("images", "labels", "indices"):
            joined = torch.cat([getattr(part, field) for part in parts])
            assert torch.equal(joined, getattr(one, field))
        assert {part.size for part in parts} == {one.size}
    parts = [list(evaluation_batches(test, 12, NORMALISE, rank, ranks)) for rank in range(ranks)]
    images = torch.cat([images for part in parts for images, _ in part])
    assert torch.equal(images, next(evaluation_batches(test, 12, NORMALISE))[0])


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("content", [b"", b"no image", "truncated"])
def test_a_damaged_file_is_named(tmp_path, workers, content):
    write_folder(tmp_path / "toy", train=3)
    path = tmp_path / "toy" / "train" / "red" / "001.jpg"
    path.write_bytes(path.read_bytes()[:200] if content == "truncated" else content)
    # One line from end to end: no worker's traceback.
    line = r"^[^\n]*001\.jpg can't be read as an image \([^\n]*\); replace or remove it\.[^\n]*$"
    with pytest.raises(DatasetUnavailable, match=line):
        list(train_batches(splits(tmp_path, workers)[0]))


def test_batches_of_large_images_are_smaller_in_evaluation(folder, monkeypatch):
    _, split = splits(folder)
    monkeypatch.setattr("ols.data.file_batches.EVALUATION_PIXELS", 16 * 16 * 5)
    sizes = [len(labels) for _, labels in evaluation_batches(split, 100, NORMALISE)]
    assert sizes == [5, 5, 2]


def test_images_in_memory_are_fed_from_memory():
    split = Split(torch.zeros(3, 1, 4, 4, dtype=torch.uint8), torch.arange(3))
    assert isinstance(train_batches(split), TrainingBatches)
    with pytest.raises(SpecError, match=r"devices: must not exceed .* \(3\)"):
        train_batches(split, ranks=4)
