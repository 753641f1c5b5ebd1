from __future__ import annotations

import pytest
import torch

from ols.data.batches import (
    Normalise,
    TrainingBatches,
    batch_bounds,
    evaluation_batches,
    shift_images,
)
from ols.data.dataset import Split
from ols.spec_parts import Augment

CPU = torch.device("cpu")


def make_batches(count=10, batch_size=4, seed=0, augment=None, size=6):
    images = torch.randint(256, (count, 2, size, size), dtype=torch.uint8)
    split = Split(images, torch.arange(count))
    normalise = Normalise((0.5, 0.4), (0.25, 0.2), CPU)
    generator = torch.Generator().manual_seed(seed)
    return split, TrainingBatches(split, batch_size, augment or Augment(), normalise, generator)


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
    split = runs[0]._split
    for run in runs:
        run._split = split
    first, again, other = (torch.cat([batch.images for batch in run]) for run in runs)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_shifts_are_crops_of_the_padded_image():
    images = torch.randn(3, 2, 5, 5)
    shifts = torch.tensor([[2, 2], [0, 4], [3, 1]])
    padded = torch.nn.functional.pad(images, (2, 2, 2, 2))
    expected = torch.stack(
        [padded[i, :, y : y + 5, x : x + 5] for i, (y, x) in enumerate(shifts.tolist())]
    )
    assert torch.equal(shift_images(images, shifts, 2), expected)
    assert torch.equal(shift_images(images, shifts, 2)[0], images[0])


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
