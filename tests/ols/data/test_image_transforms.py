"""The two recipes for image files, against torchvision, and the colours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from ols.data.dataset import FileSplit
from ols.data.image_transforms import (
    EIGENVALUES,
    EIGENVECTORS,
    Lighting,
    evaluation_transform,
    training_transform,
)
from ols.errors import SpecError
from ols.spec.parts.training_data import Augment
from ols.spec.run_spec import RunSpec

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 70, 3), dtype=np.uint8))


def split(crop="random_resized", size=28):
    return FileSplit((), torch.zeros(0, dtype=torch.int64), size, 0, crop)


def test_the_fine_grained_recipe_sees_the_whole_image_squashed():
    crop = v2.Compose([v2.Resize((32, 32)), v2.CenterCrop(28), v2.PILToTensor()])
    assert torch.equal(evaluation_transform(split("squash"))(IMAGE), crop(IMAGE))
    squashed = v2.PILToTensor()(v2.Resize((32, 32))(IMAGE))
    made = training_transform(split("squash"), Augment())(IMAGE)
    windows = squashed.unfold(1, 28, 1).unfold(2, 28, 1)  # (3, 5, 5, 28, 28)
    assert sum(torch.equal(windows[:, i, j], made) for i in range(5) for j in range(5)) == 1


def test_imagenets_recipe_keeps_the_shape():
    crop = v2.Compose([v2.Resize(32), v2.CenterCrop(28), v2.PILToTensor()])
    assert torch.equal(evaluation_transform(split())(IMAGE), crop(IMAGE))
    assert training_transform(split(), Augment())(IMAGE).shape == (3, 28, 28)


def test_lighting_shifts_all_pixels_by_one_colour():
    image = torch.full((3, 5, 5), 128, dtype=torch.uint8)
    torch.manual_seed(3)
    variates = torch.randn(3)
    axes = np.array(EIGENVECTORS) * np.array(EIGENVALUES)
    expected = 128 + 255 * axes @ (0.1 * variates.numpy())
    torch.manual_seed(3)
    made = Lighting(0.1)(image)
    assert made.dtype == torch.uint8
    assert np.allclose(made[:, 0, 0], expected.round())
    assert torch.equal(made, made[:, :1, :1].expand(3, 5, 5))


def test_lighting_stays_within_a_byte():
    white = torch.full((3, 2, 2), 255, dtype=torch.uint8)
    made = [Lighting(1.0)(white) for _ in range(20)]
    assert max(int(image.max()) for image in made) == 255
    assert min(int(image.min()) for image in made) >= 0


def test_colour_jitter_and_lighting_change_the_pixels():
    for fields in ({"color_jitter": 0.4}, {"lighting": 0.5}):
        torch.manual_seed(0)
        plain = training_transform(split("squash"), Augment())(IMAGE)
        torch.manual_seed(0)
        changed = training_transform(split("squash"), Augment(**fields))(IMAGE)
        assert changed.dtype == torch.uint8
        assert not torch.equal(plain, changed)


@pytest.mark.parametrize("field", ["color_jitter", "lighting"])
def test_colours_are_for_image_files(field):
    with pytest.raises(SpecError, match=rf"augment\.{field}: for datasets of image files only"):
        RunSpec.parse({"method": "ols", "dataset": "cifar10", "augment": {field: 0.1}})
