"""Attacks on a linear network, where the worst image in the box is known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ols.data.batches import Normalise
from ols.measures.attacks import (
    AttackBox,
    cross_entropy,
    fgsm,
    margin,
    pgd,
    random_start,
    standardised_cross_entropy,
)
from ols.training.trainer import Trainer


@pytest.fixture
def linear():
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 2)).double().eval()


def box(radius=0.1, low=-10.0, high=10.0):
    return AttackBox(
        *(torch.full((1, 1, 1, 1), value, dtype=torch.float64) for value in (radius, low, high))
    )


def attack_pgd(model, images, labels, within, step=0.05, steps=10):
    start = random_start(images.shape, torch.arange(len(images)), seed=0)
    length = torch.full((1, 1, 1, 1), step).double()
    return pgd(model, images, labels, within, step=length, steps=steps, start=start)


def worst(model, images, labels, radius):
    """Each pixel moved by `radius` against the weight that speaks for the label."""
    weights = model[1].weight
    margin = (weights[labels] - weights[1 - labels]).view_as(images)
    return images - radius * margin.sign()


def test_fgsm_is_the_worst_image_for_a_linear_network(linear):
    images, labels = torch.randn(6, 3, 4, 4).double(), torch.tensor([0, 1] * 3)
    made = fgsm(linear, images, labels, box())
    torch.testing.assert_close(made, worst(linear, images, labels, 0.1))


def test_pgd_reaches_it_too_from_a_random_start(linear):
    images, labels = torch.randn(6, 3, 4, 4).double(), torch.tensor([0, 1] * 3)
    made = attack_pgd(linear, images, labels, box())
    torch.testing.assert_close(made, worst(linear, images, labels, 0.1))


@pytest.mark.parametrize("attack", [fgsm, attack_pgd])
def test_attacked_images_stay_in_the_box_and_are_pixels(linear, attack):
    images, labels = torch.rand(6, 3, 4, 4).double(), torch.tensor([0, 1] * 3)
    made = attack(linear, images, labels, box(0.1, 0.0, 1.0))
    assert (made - images).abs().max() <= 0.1 + 1e-12
    assert made.min() >= 0
    assert made.max() <= 1
    assert not made.requires_grad


def test_without_a_step_pgd_is_its_random_start(linear):
    images, labels = torch.zeros(2, 3, 4, 4).double(), torch.tensor([0, 1])
    start = random_start(images.shape, torch.arange(2), seed=0)
    made = attack_pgd(linear, images, labels, box(0.1), steps=0)
    torch.testing.assert_close(made, 0.1 * start.double())


def test_an_images_start_is_the_same_in_any_batch_and_fills_the_box():
    rows = torch.arange(40)
    whole = random_start(torch.Size((40, 3, 8, 8)), rows, seed=5)
    parts = [
        random_start(torch.Size((len(r), 3, 8, 8)), r, seed=5) for r in rows.split([7, 13, 20])
    ]
    assert torch.equal(whole, torch.cat(parts))
    assert len({tuple(start.flatten().tolist()) for start in whole}) == 40
    assert whole.abs().max() <= 1
    assert whole.std() == pytest.approx(1 / 3**0.5, rel=0.02)
    assert not torch.equal(whole, random_start(whole.shape, rows, seed=6))


def test_epsilon_counts_levels_of_255_in_normalised_units():
    normalise = Normalise((0.5, 0.2), (0.25, 0.1), torch.device("cpu"))
    images = torch.tensor([0, 8, 255], dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 2, 1, 1)
    black, eight, white = normalise(images)
    torch.testing.assert_close(normalise.levels(8)[0], eight - black)
    torch.testing.assert_close(normalise.limits[0][0], black)
    torch.testing.assert_close(normalise.limits[1][0], white)


def test_losses_are_their_definitions():
    logits, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 3, 0])
    for row, label, loss in zip(logits, labels.tolist(), margin(logits, labels), strict=True):
        others = [z for k, z in enumerate(row.tolist()) if k != label]
        assert float(loss) == pytest.approx(max(others) - float(row[label]))
    scaled = 3 * logits / logits.std(1, correction=0, keepdim=True)
    torch.testing.assert_close(
        standardised_cross_entropy(logits, labels),
        nn.functional.cross_entropy(scaled, labels, reduction="none"),
    )


@pytest.mark.parametrize("loss", [margin, standardised_cross_entropy])
def test_a_single_class_and_equal_logits_give_finite_directions(loss):
    for logits in (torch.zeros(2, 1), torch.zeros(2, 5)):
        logits.requires_grad_()
        (gradient,) = torch.autograd.grad(loss(logits, torch.tensor([0, 0])).sum(), logits)
        assert gradient.isfinite().all()


def robust(model, data, scale, loss):
    """Which test images are right after PGD on the network with its logits times `scale`."""
    images, labels = data.normalise(data.test.images), data.test.labels
    normalise = data.normalise
    attacked = pgd(
        nn.Sequential(model, Times(scale)),
        images,
        labels,
        AttackBox(normalise.levels(30), *normalise.limits),
        step=normalise.levels(7.5),
        steps=10,
        start=random_start(images.shape, torch.arange(len(images)), 0),
        loss=loss,
    )
    with torch.no_grad():
        return model(attacked).argmax(1).eq(labels)


class Times(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, logits):
        return self.scale * logits


def test_scaling_the_logits_changes_what_survives_plain_pgd_alone(spec, data_dir):
    trainer = Trainer(spec(method="hard", epochs=8, batch_size=128), data_dir=data_dir)
    list(trainer)
    model, data = trainer.model.eval(), trainer._data
    plain, worst = {}, {}
    for scale in (1, 3, 10, 50):
        plain[scale] = float(robust(model, data, scale, cross_entropy).double().mean())
        both = [robust(model, data, scale, loss) for loss in (margin, standardised_cross_entropy)]
        worst[scale] = float((both[0] & both[1]).double().mean())
    assert plain[50] > plain[1] + 0.5  # the fault that this is about
    assert max(worst.values()) - min(worst.values()) < 0.01
    assert worst[1] <= plain[1]
