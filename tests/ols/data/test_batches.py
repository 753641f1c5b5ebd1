from __future__ import annotations

import pytest
import torch
import torchvision.transforms.functional as reference

from ols.data import crops
from ols.data.batches import Normalise, TrainingBatches, batch_bounds, evaluation_batches, share_of
from ols.data.dataset import Split
from ols.spec.parts.training_data import Augment

CPU = torch.device("cpu")


def make_batches(count=10, batch_size=4, seed=0, augment=None, size=6, rank=0, ranks=1):
    torch.manual_seed(0)
    images = torch.randint(256, (count, 2, size, size), dtype=torch.uint8)
    split = Split(images, torch.arange(count))
    normalise = Normalise((0.5, 0.4), (0.25, 0.2), CPU)
    generator = torch.Generator().manual_seed(seed)
    batches = TrainingBatches(
        split, batch_size, augment or Augment(), normalise, generator, rank, ranks
    )
    return split, batches


@pytest.mark.parametrize(
    ("count", "batch_size", "sizes"),
    [
        (8, 4, [4, 4]),
        (10, 4, [4, 4, 2]),
        (9, 4, [4, 5]),  # a last batch of one joins the one before
        (1, 4, [1]),
        (3, 1, [1, 1, 1]),
        (3, 10, [3]),
    ],
)
def test_no_sample_is_dropped_and_none_is_left_alone(count, batch_size, sizes):
    assert [end - start for start, end in batch_bounds(count, batch_size)] == sizes


@pytest.mark.parametrize(
    ("count", "batch_size", "least", "sizes"),
    [(10, 4, 3, [4, 6]), (11, 4, 3, [4, 4, 3]), (5, 2, 4, [2, 3]), (2, 4, 3, [2])],
)
def test_a_last_batch_with_too_few_for_all_processes_joins(count, batch_size, least, sizes):
    assert [end - start for start, end in batch_bounds(count, batch_size, least)] == sizes


@pytest.mark.parametrize("size", [4, 5, 6, 7])
def test_shares_cover_a_batch_and_differ_by_at_most_one(size):
    shares = [share_of(3, 3 + size, rank, 4) for rank in range(4)]
    assert [i for share in shares for i in range(*share)] == list(range(3, 3 + size))
    sizes = {end - start for start, end in shares}
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 1


@pytest.mark.parametrize("ranks", [2, 3])
def test_the_shares_of_all_processes_are_the_batch_of_one(ranks):
    augment = Augment(shift=1, flip=True)
    _, alone = make_batches(17, 7, augment=augment)
    shared = [
        make_batches(17, 7, augment=augment, rank=rank, ranks=ranks)[1] for rank in range(ranks)
    ]
    for _ in range(2):  # epochs
        for one, *parts in zip(alone, *shared, strict=True):
            for field in ("images", "labels", "indices"):
                joined = torch.cat([getattr(part, field) for part in parts])
                assert torch.equal(joined, getattr(one, field))
            assert {part.size for part in parts} == {one.size} == {len(one.indices)}


@pytest.mark.parametrize("ranks", [2, 3])
def test_evaluations_shares_are_the_batch_of_one(ranks):
    split, _ = make_batches()
    normalise = Normalise((0.5, 0.4), (0.25, 0.2), CPU)
    parts = [list(evaluation_batches(split, 9, normalise, rank, ranks)) for rank in range(ranks)]
    labels = sorted(label for part in parts for _, batch in part for label in batch.tolist())
    assert labels == list(range(10))  # the last batch is of one sample: an empty share is skipped
    images = torch.cat([part[0][0] for part in parts])
    assert torch.equal(images, next(evaluation_batches(split, 9, normalise))[0])


def test_an_epoch_visits_every_sample_once_in_a_new_order():
    _, batches = make_batches()
    epochs = [torch.cat([batch.indices for batch in batches]) for _ in range(2)]
    assert not torch.equal(*epochs)
    for order in epochs:
        assert torch.equal(order.sort().values, torch.arange(10))


def test_images_belong_to_their_labels_and_indices():
    split, batches = make_batches()
    for batch in batches:
        assert torch.equal(batch.labels, batch.indices)
        pixels = split.images[batch.indices].double() / 255
        mean = torch.tensor([0.5, 0.4]).view(1, 2, 1, 1)
        std = torch.tensor([0.25, 0.2]).view(1, 2, 1, 1)
        expected = ((pixels - mean) / std).float()
        torch.testing.assert_close(batch.images, expected, rtol=1e-5, atol=1e-5)


def test_the_generator_decides_order_and_augmentation():
    augment = Augment(shift=2, flip=True)
    runs = [make_batches(seed=seed, augment=augment)[1] for seed in (1, 1, 2)]
    first, again, other = (torch.cat([batch.images for batch in run]) for run in runs)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("pick", [crops.crop_by_numpy, crops.crop_by_torch])
def test_images_are_torchvisions_with_the_same_offsets(monkeypatch, pick):
    """RandomCrop(32, padding=4), RandomHorizontalFlip, ToTensor and Normalise, in that order."""
    monkeypatch.setattr(crops, "crop_by_numpy", pick)
    split, batches = make_batches(40, 16, augment=Augment(shift=4, flip=True), size=32)
    drawn = torch.Generator().manual_seed(0)
    order = torch.randperm(40, generator=drawn)
    offsets = torch.randint(0, 9, (40, 2), generator=drawn)
    mirrored = torch.rand(40, generator=drawn) < 0.5
    expected = []
    for i, (y, x), mirror in zip(order, offsets.tolist(), mirrored, strict=True):
        image = reference.crop(reference.pad(split.images[i], [4] * 4), y, x, 32, 32)
        image = reference.hflip(image) if mirror else image
        pixels = reference.convert_image_dtype(image, torch.float64)
        expected.append(reference.normalize(pixels, [0.5, 0.4], [0.25, 0.2]))
    made = torch.cat([batch.images for batch in batches])
    torch.testing.assert_close(made, torch.stack(expected).float(), rtol=0, atol=1e-6)


def test_flip_mirrors_about_half_of_the_images():
    split, batches = make_batches(400, 400, augment=Augment(flip=True))
    batch = next(iter(batches))
    plain = batches._normalise(split.images[batch.indices])
    mirrored = (batch.images == plain.flip(3)).all((1, 2, 3))
    untouched = (batch.images == plain).all((1, 2, 3))
    assert (mirrored ^ untouched).all()
    assert 150 < int(mirrored.sum()) < 250


def test_evaluation_keeps_the_order_and_every_sample():
    split, _ = make_batches()
    normalise = Normalise((0.5, 0.4), (0.25, 0.2), CPU)
    labels = torch.cat([labels for _, labels in evaluation_batches(split, 4, normalise)])
    assert torch.equal(labels, torch.arange(10))
