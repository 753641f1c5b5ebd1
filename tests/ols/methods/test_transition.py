"""Transition matrices: those of the noise, given ones, and the estimate from anchor points."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ols.data.noise import corrupt_labels
from ols.errors import SpecError
from ols.methods import build_criterion
from ols.methods.forward_correction import ForwardCorrectionLoss
from ols.methods.transition import anchor_percentile, estimate_matrix, noise_matrix
from ols.spec.methods.backward_correction import BackwardCorrection
from ols.spec.methods.forward_correction import ForwardCorrection
from ols.spec.parts.noise import Noise
from ols.spec.run_spec import RunSpec
from tests.ols.reference import step_of


@pytest.mark.parametrize("kind", ["symmetric", "pair_flip"])
def test_it_is_the_matrix_of_the_labels_that_are_corrupted(kind):
    noise = Noise(kind=kind, rate=0.3)
    labels = torch.arange(5).repeat(4000)
    noisy = corrupt_labels(labels, 5, noise, seed=0)
    counts = torch.zeros(5, 5).index_put_((labels, noisy), torch.tensor(1.0), accumulate=True)
    torch.testing.assert_close(noise_matrix(noise, 5), counts / 4000, atol=0.03, rtol=0)


@pytest.mark.parametrize("kind", ["instance", "human"])
def test_of_noise_that_has_no_formula_it_is_what_was_counted(kind):
    counted = torch.tensor([[0.7, 0.3, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 0.0]])
    noise = Noise(kind=kind, rate=0.3 if kind == "instance" else 0)
    criterion = build_criterion(ForwardCorrection(), 3, noise=noise, transition=counted)
    wanted = torch.tensor([[0.7, 0.3, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]])
    assert torch.equal(criterion.matrix, wanted)  # a class without samples keeps its label


def test_without_noise_it_is_the_identity():
    assert torch.equal(noise_matrix(Noise(), 4), torch.eye(4))


@pytest.mark.parametrize("percentile", [97, 100])
def test_the_estimate_finds_the_matrix_at_anchor_points(percentile):
    matrix = noise_matrix(Noise(kind="pair_flip", rate=0.3), 4)
    generator = torch.Generator().manual_seed(0)
    clean = torch.softmax(6 * torch.randn(2000, 4, generator=generator), 1)
    torch.testing.assert_close(
        estimate_matrix(clean @ matrix, percentile), matrix, atol=0.02, rtol=0
    )


def test_an_outlier_is_passed_over_by_the_percentile():
    p = torch.tensor([[0.6, 0.4]]).repeat(99, 1)
    p = torch.cat([p, torch.tensor([[0.99, 0.01]])])
    assert estimate_matrix(p, 100)[0, 0] == pytest.approx(0.99)
    assert estimate_matrix(p, 97)[0, 0] == pytest.approx(0.6)


@pytest.mark.parametrize("classes", [2, 10, 62, 100])
@pytest.mark.parametrize("kind", ["symmetric", "pair_flip"])
def test_the_estimate_holds_for_any_number_of_classes(kind, classes):
    """A network that is sure of most samples and mistakes the rest for one another class."""
    matrix = noise_matrix(Noise(kind=kind, rate=0.2), classes)
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(classes).repeat_interleave(20)
    others = (labels + torch.randint(1, classes, labels.shape, generator=generator)) % classes
    doubt = torch.rand(len(labels), 1, generator=generator) ** 3 / 2
    clean = torch.zeros(len(labels), classes)
    for column, share in ((labels, 1 - doubt), (others, doubt)):
        clean.scatter_add_(1, column.unsqueeze(1), share)
    error = (estimate_matrix(clean @ matrix) - matrix).abs().sum(1)  # L1 of each row, at most 2
    assert error.mean() < 0.06
    assert error.max() < 0.3
    if classes >= 62:  # 97 lies outside the class
        assert (estimate_matrix(clean @ matrix, 97) - matrix).abs().sum(1).mean() > 1


def test_the_percentile_is_the_authors_for_ten_classes_and_follows_their_number():
    assert anchor_percentile(10) == pytest.approx(97)
    assert anchor_percentile(100) == pytest.approx(99.7)
    p = torch.rand(500, 10)
    assert torch.equal(estimate_matrix(p), estimate_matrix(p, 97))
    default, given = ({"name": "forward_correction", **more} for more in ({}, {"percentile": 97}))
    assert RunSpec.parse({"method": default}).method.percentile is None
    assert RunSpec.parse({"method": given}).method.percentile == 97


def test_it_is_estimated_from_the_last_epoch_of_the_warm_up():
    criterion = ForwardCorrectionLoss(2, samples=10, warmup=0.5, percentile=100)
    logits = torch.tensor([[2.0, 0.0]] * 5 + [[0.0, 1.0]] * 5)
    targets = torch.tensor([0] * 5 + [1] * 5)
    for epoch in range(1, 5):
        changes = criterion.begin_epoch(epoch, 4, nn.Identity())
        assert changes == (epoch == 3)
        criterion(epoch * logits, targets, step_of(range(10)))
        criterion.end_epoch()
        identity = torch.equal(criterion.matrix, torch.eye(2))
        assert identity == (epoch < 2)
    torch.testing.assert_close(criterion.matrix, torch.softmax(2 * logits, 1)[[0, 5]])


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0.9, 0.2], [0, 1]], "row 0 sums to 1.1; every row must sum to 1"),
        ([[1, 0], [0.5, 0.4]], "row 1 sums to 0.9"),
        ([[1.5, -0.5], [0, 1]], "row 0 has an entry outside"),
        ([[1, 0, 0], [0, 1, 0]], "row 0 has 3 entries, there are 2 rows"),
        ([], "needs it: a row for each class"),
    ],
)
def test_a_matrix_that_is_none_is_refused_by_name(matrix, message):
    method = {"name": "forward_correction", "transition": "given", "matrix": matrix}
    with pytest.raises(SpecError, match=message) as caught:
        RunSpec.parse({"method": method})
    assert [field.path for field in caught.value.fields] == ["method.matrix"]


def test_a_matrix_that_is_not_asked_for_is_refused():
    method = {"name": "forward_correction", "matrix": [[1, 0], [0, 1]]}
    with pytest.raises(SpecError, match=r"method.matrix: is only used with transition 'given'"):
        RunSpec.parse({"method": method})


def test_a_matrix_of_another_number_of_classes_is_refused_before_the_first_step():
    method = ForwardCorrection(transition="given", matrix=((1.0, 0.0), (0.0, 1.0)))
    with pytest.raises(SpecError, match=r"method.matrix: has 2 rows, the dataset has 10 classes"):
        build_criterion(method, 10)


def test_a_matrix_that_can_not_be_inverted_is_refused():
    with pytest.raises(SpecError, match=r"noise.rate: .* can't be inverted"):
        build_criterion(BackwardCorrection(), 2, noise=Noise(kind="symmetric", rate=0.5))
    given = BackwardCorrection(transition="given", matrix=((0.5, 0.5), (0.5, 0.5)))
    with pytest.raises(SpecError, match=r"method.matrix: .* can't be inverted"):
        build_criterion(given, 2)
