"""Crops and mirrored images are torchvision's own, pixel for pixel."""

from __future__ import annotations

import pytest
import torch
import torchvision.transforms.functional as reference

from ols.data.crops import crop_by_numpy, crop_by_torch, crop_images, mirror_images, pad_images


def torchvisions(images, reach, indices, offsets):
    size = list(images.shape[2:])
    padded = reference.pad(images, [reach] * 4, fill=0)
    pairs = zip(indices.tolist(), offsets.tolist(), strict=True)
    return torch.stack([reference.crop(padded[i], y, x, *size) for i, (y, x) in pairs])


@pytest.mark.parametrize("pick", [crop_by_numpy, crop_by_torch, crop_images])
@pytest.mark.parametrize(("channels", "height", "width", "reach"), [(3, 32, 32, 4), (1, 5, 7, 2)])
def test_crops_are_torchvisions(pick, channels, height, width, reach):
    images = torch.randint(256, (20, channels, height, width), dtype=torch.uint8)
    indices = torch.randint(20, (64,))
    offsets = torch.randint(0, 2 * reach + 1, (64, 2))
    crops = pick(pad_images(images, reach), reach, indices, offsets)
    assert crops.dtype == torch.uint8
    assert torch.equal(crops, torchvisions(images, reach, indices, offsets))


def test_the_largest_and_smallest_offsets_are_inside():
    images = torch.randint(1, 256, (1, 1, 4, 4), dtype=torch.uint8)
    indices, offsets = torch.zeros(2, dtype=torch.int64), torch.tensor([[0, 0], [4, 4]])
    first, last = crop_images(pad_images(images, 2), 2, indices, offsets)
    assert torch.equal(first[0, 2:, 2:], images[0, 0, :2, :2])
    assert torch.equal(last[0, :2, :2], images[0, 0, 2:, 2:])
    assert not first[0, :2].any()


def test_mirrored_images_are_torchvisions():
    images = torch.randint(256, (9, 3, 5, 6), dtype=torch.uint8)
    mirrored = torch.arange(9) % 3 == 0
    expected = images.clone()
    for i in mirrored.nonzero().flatten():
        expected[i] = reference.hflip(images[i])
    assert torch.equal(mirror_images(images, mirrored), expected)
