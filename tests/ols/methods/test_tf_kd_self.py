from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ols.methods.tf_kd_self import TfKdSelfLoss, distillation
from tests.ols.reference import batch, close, cross_entropy_of, reference_log_softmax, step_of


def test_the_divergence_is_that_of_softened_outputs():
    logits, _ = batch(20, 5)
    teacher, _ = batch(20, 5, seed=1)
    log_q, log_p = reference_log_softmax(teacher / 6), reference_log_softmax(logits / 6)
    expected = 36 * (np.exp(log_q) * (log_q - log_p)).sum(1).mean()
    close(distillation(logits, teacher.detach(), 6.0), expected)


def test_the_network_teaches_itself_once_the_warm_up_has_ended():
    model = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5))
    criterion = TfKdSelfLoss(model)
    images, (logits, targets) = torch.randn(20, 3), batch(20, 5)
    assert not criterion.begin_epoch(2, 4, model)
    close(criterion(logits, targets, step_of(range(20), images)), cross_entropy_of(logits, targets))
    with torch.no_grad():
        model[0].weight.fill_(0.5)
    assert criterion.begin_epoch(3, 4, model)
    model.eval()
    taught = distillation(logits, model(images).detach(), 6.0).mean()
    expected = 0.05 * cross_entropy_of(logits, targets) + 0.95 * 0.5 * taught.item()
    close(criterion(logits, targets, step_of(range(20), images)), expected)
    with torch.no_grad():
        model[0].weight.fill_(9.0)
    assert not criterion.begin_epoch(4, 4, model)
    close(criterion(logits, targets, step_of(range(20), images)), expected)


def test_the_teacher_is_frozen_batch_norm_included():
    model = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5))
    criterion = TfKdSelfLoss(model).train()
    criterion.begin_epoch(2, 2, model)
    before = {k: v.clone() for k, v in criterion.teacher.state_dict().items()}
    logits, targets = batch(20, 5)
    criterion(logits, targets, step_of(range(20), torch.randn(20, 3))).backward()
    assert not any(p.requires_grad for p in criterion.teacher.parameters())
    for name, tensor in criterion.teacher.state_dict().items():
        assert torch.equal(tensor, before[name])
