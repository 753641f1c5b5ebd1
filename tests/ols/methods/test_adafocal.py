"""Against the authors' update, sample by sample and bin by bin; and what it needs of a run."""

import math

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from ols.errors import SpecError
from ols.methods.adafocal import AdaFocalLoss, adafocal
from ols.methods.focal import focal
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from tests.ols.reference import batch, close


def reference(z, y, criterion, number):
    """Logits (K,), a class, the criterion and the sample's number -> the loss, in float64."""
    log_p = log_softmax(z)[y]
    p = math.exp(log_p)
    place = sum(p >= edge for edge in criterion.edges.tolist())
    gamma = criterion.gammas.tolist()[place]
    base = 1 - p if gamma >= 0 else 1 + p
    return -(max(base, 1e-12) ** abs(gamma)) * log_p


def updated(gammas, confidences, hits, rate=1.0, switch=0.2, highest=20.0, lowest=-2.0):
    """The authors' rule over lists, with bins of as many samples each: exponents and edges."""
    order = sorted(range(len(confidences)), key=lambda i: confidences[i])
    parts = np.array_split(order, len(gammas))
    new = []
    for gamma, part in zip(gammas, parts, strict=True):
        gap = np.mean([confidences[i] for i in part]) - np.mean([hits[i] for i in part])
        gamma *= math.exp(rate * gap if gamma > 0 else -rate * gap)
        if abs(gamma) < switch:
            gamma = -switch if gamma > 0 else switch
        new.append(max(min(gamma, highest), lowest))
    return new, [confidences[part[0]] for part in parts[1:]]


def validation(samples, shift, seed):
    stream = np.random.default_rng(seed)
    confidences = stream.uniform(0.2, 1, samples).astype(np.float32)
    hits = stream.random(samples) < confidences - shift
    return torch.from_numpy(confidences), torch.from_numpy(hits)


def test_exponents_follow_the_authors_rule_through_a_switch_and_the_limits():
    criterion = AdaFocalLoss(bins=5)
    gammas, seen = criterion.gammas.tolist(), set()
    for epoch in range(60):
        # Overconfident at first, then the other way round, and back.
        confidences, hits = validation(100, 0.6 if epoch // 20 != 1 else -0.6, epoch)
        criterion.after_validation(confidences, hits)
        gammas, edges = updated(gammas, confidences.tolist(), hits.tolist())
        np.testing.assert_allclose(criterion.gammas, gammas, rtol=2e-5)
        np.testing.assert_allclose(criterion.edges, edges, rtol=1e-6)
        seen |= set(np.round(gammas, 4))
    assert {20.0, -2.0, -0.2} <= seen


def test_the_loss_is_focal_and_inverse_focal_by_bin():
    logits, targets = batch(40, 7)
    criterion = AdaFocalLoss(bins=4)
    criterion.gammas.copy_(torch.tensor([3.0, -1.5, 0.5, -0.2]))
    criterion.edges.copy_(torch.tensor([0.1, 0.3, 0.8]))
    rows = logits.detach().double().numpy()
    losses = [reference(z, y, criterion, 0) for z, y in zip(rows, targets.tolist(), strict=True)]
    close(criterion(logits, targets), np.mean(losses))


def test_with_one_exponent_for_all_it_is_focal_loss():
    logits, targets = batch(20, 7)
    gammas, edges = torch.full((3,), 2.0), torch.tensor([0.3, 0.6])
    torch.testing.assert_close(adafocal(logits, targets, gammas, edges), focal(logits, targets, 2))


def test_fewer_samples_than_bins_leave_the_empty_ones_as_they_were():
    criterion = AdaFocalLoss(bins=15)
    criterion.after_validation(torch.tensor([0.9, 0.3, 0.6]), torch.tensor([False, True, True]))
    assert criterion.gammas.eq(1).sum() == 12
    assert criterion.edges.diff().ge(0).all()


def test_it_validates_on_a_holdout_and_says_why():
    assert RunSpec.parse({"method": "adafocal"}).eval_on == "holdout"
    with pytest.raises(SpecError, match="adafocal needs holdout here: it follows") as info:
        RunSpec.parse({"method": "adafocal", "eval_on": "test"})
    assert info.value.fields[0].path == "eval_on"
    with pytest.raises(SpecError, match="must not exceed -switch"):
        RunSpec.parse({"method": {"name": "adafocal", "lowest": -0.1}})


def test_a_run_updates_its_exponents_from_its_holdout(spec, data_dir):
    trainer = Trainer(spec(method="adafocal", epochs=2), data_dir=data_dir)
    reports = iter(trainer)
    next(reports)
    before = trainer.criterion.gammas.clone()
    assert before.ne(1).any()
    report = next(reports)
    counts = report.reliability[0][:, 0]
    gap = np.nansum((report.reliability[0][:, 1] - report.reliability[0][:, 2]) * counts)
    gammas = trainer.criterion.gammas
    # Overconfident on the whole: exponents grow on the whole, and the other way round.
    assert np.sign(gammas.log().sub(before.log()).mean().item()) == np.sign(gap)
