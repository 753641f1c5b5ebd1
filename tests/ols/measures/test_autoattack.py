"""AutoAttack by its authors' package: on networks whose weakest image is known."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from ols.data.batches import Normalise
from ols.errors import SpecError
from ols.measures import autoattack
from ols.measures.autoattack import autoattack_survivors
from ols.training import final_test
from ols.training.trainer import Trainer
from tests.deploy.closure import with_only

NORMALISE = Normalise((0.4, 0.6, 0.5), (0.2, 0.3, 0.25), torch.device("cpu"))


class Brightest(nn.Module):
    """Its class is the brightest of the first K pixels of the first channel."""

    def __init__(self, classes):
        super().__init__()
        self.classes = classes

    def forward(self, images):
        return NORMALISE.pixels(images)[:, 0].flatten(1)[:, : self.classes]


@pytest.mark.slow
def test_what_survives_is_what_no_image_in_the_box_can_change():
    """Two pixels can each move by the radius: a lead of more than twice that survives."""
    leads = torch.tensor([10, 50, 70, 130.0])
    images = torch.full((4, 3, 4, 4), 100 / 255)
    images[:, 0, 0, 1] += leads / 255
    normalised = NORMALISE(255 * images)
    labels = torch.ones(4, dtype=torch.int64)
    survived = autoattack_survivors(Brightest(5), 5, normalised, labels, NORMALISE, 30, seed=0)
    assert survived.tolist() == [False, False, True, True]


def test_wrong_images_are_not_counted_and_the_global_generator_is_left_alone():
    images, labels = torch.rand(3, 3, 4, 4), torch.zeros(3, dtype=torch.int64)
    images[:, 0, 0, 1] = 2
    before = torch.get_rng_state()
    survived = autoattack_survivors(Brightest(5), 5, images, labels, NORMALISE, 1, 0)
    assert not survived.any()
    assert torch.equal(torch.get_rng_state(), before)


def test_normalised_pixels_come_back():
    images = torch.randint(256, (2, 3, 4, 4), dtype=torch.uint8)
    torch.testing.assert_close(NORMALISE.pixels(NORMALISE(images)), images / 255)


def test_too_few_classes_and_a_missing_package_are_told(monkeypatch):
    with pytest.raises(SpecError, match="needs 4 classes or more"):
        autoattack.check_autoattack(3)
    monkeypatch.setattr(autoattack, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"final\.attacks: .*pip install 'ols-lab\[autoattack\]'"):
        autoattack.check_autoattack(10)


def test_a_run_ends_with_it(spec, data_dir, monkeypatch):
    asked = []

    def survivors(model, classes, images, labels, normalise, radius, seed):
        asked.append((classes, len(images), radius))
        assert not model.training
        return labels.lt(3)

    monkeypatch.setattr(final_test, "autoattack_survivors", survivors)
    final = {"attacks": "autoattack", "epsilon": 12}
    trainer = Trainer(spec(epochs=1, final=final, model={"width": 4}), data_dir=data_dir)
    (report,) = trainer
    labels = trainer._data.test.labels
    assert report.metrics["test_autoattack_top1"] == labels.lt(3).sum().item() / len(labels)
    assert asked == [(10, 250, 12), (10, len(labels) - 250, 12)]
    assert "test_fgsm_top1" not in report.metrics


@pytest.mark.slow
def test_the_extras_train_and_autoattack_suffice(tmp_path):
    environment = with_only(["train", "autoattack"], tmp_path)
    command = [sys.executable, "-c", "from pyautoattack import AutoAttack"]
    assert subprocess.run(command, env=environment, check=False).returncode == 0
