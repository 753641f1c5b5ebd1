"""20,000 classes: nothing as large as S beside it, and only what was seen costs anything."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.profiler import ProfilerActivity, profile

from ols.methods import initial_soft_labels, soft_label_statistics, target_table
from ols.methods.initial_soft_labels import fill_initial, is_initial
from ols.methods.ols import OnlineLabelSmoothing
from tests.ols.reference import batch, mixed_targets

CLASSES = 20_000
S_BYTES = 4 * CLASSES**2
KINDS = ("uniform", "zeros", "label_smoothing", "identity")


def peak_bytes(work):
    """The most bytes alive at once while `work` runs, above those before it, and its result."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        result = work()
    alive = peak = 0
    for event in profiler.profiler.kineto_results.events():
        if event.name() == "[memory]":
            alive += event.nbytes()
            peak = max(peak, alive)
    return peak, result


@pytest.mark.slow
def test_20_000_classes_need_s_and_its_sums_and_little_else():
    built, criterion = peak_bytes(lambda: OnlineLabelSmoothing(CLASSES))
    # The pages of the sums are the system's until they are written.
    assert built < 2.1 * S_BYTES
    seen = []
    for seed in range(2):
        logits, targets = batch(32, CLASSES, seed)
        stepped, loss = peak_bytes(lambda z=logits, y=targets: criterion(z, y))
        assert stepped < 10 * logits.nbytes
        torch.testing.assert_close(loss, F.cross_entropy(logits, targets, label_smoothing=0.5))
        seen.append(targets[logits.argmax(1).eq(targets)])
    ended, _ = peak_bytes(criterion.end_epoch)
    assert ended < S_BYTES / 20
    seen = torch.cat(seen).unique()
    untouched = torch.ones(CLASSES, dtype=torch.bool).index_fill_(0, seen, False)
    assert criterion.soft_labels[untouched].eq(1 / CLASSES).all()
    torch.testing.assert_close(criterion.soft_labels[seen].sum(1), torch.ones(len(seen)))
    assert criterion.soft_labels[seen, seen].min() > 20 / CLASSES


@pytest.mark.parametrize("unseen", [0, 3])
def test_an_epoch_that_saw_most_classes_ends_with_a_part_at_a_time(monkeypatch, unseen):
    monkeypatch.setattr(soft_label_statistics, "BLOCK", 50 * 1000)
    monkeypatch.setattr(soft_label_statistics, "LEAST_ROWS", 1)
    monkeypatch.setattr(target_table, "LARGEST", 0)
    criterion = OnlineLabelSmoothing(1000)
    for part in torch.arange(unseen, 1000).split(100):
        criterion(9 * torch.eye(1000)[part], part)
    ended, _ = peak_bytes(criterion.end_epoch)
    assert ended < 3 * 50 * 1000 * 4


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("options", [{}, {"hard_weight": 1.0, "soft_weight": 0.7}])
def test_targets_without_a_table_are_those_of_the_table(monkeypatch, mixed, weighted, options):
    weight = torch.linspace(0.5, 2, 12) if weighted else None
    results = []
    for limit in (0, 4096):
        monkeypatch.setattr(target_table, "LARGEST", limit)
        criterion = OnlineLabelSmoothing(12, weight=weight, **options)
        for seed in range(2):
            logits, targets = batch(40, 12, seed)
            targets[3] = targets[3] if mixed else -100
            loss = criterion(logits, mixed_targets(targets, 12) if mixed else targets)
            (gradient,) = torch.autograd.grad(loss, logits)
            results.append((loss.detach(), gradient, criterion.statistics.sums[:-1].clone()))
            criterion.end_epoch()
        assert (criterion._table.negated is None) == (limit == 0)
    for one, other in zip(results[:2], results[2:], strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_s0_is_written_and_recognised_in_parts(monkeypatch, kind, dtype):
    whole, parts = (torch.full((11, 11), torch.nan, dtype=dtype) for _ in range(2))
    fill_initial(whole, kind)
    monkeypatch.setattr(initial_soft_labels, "CHUNK", 4)
    fill_initial(parts, kind)
    assert torch.equal(whole, parts)
    assert is_initial(parts, kind)
    parts[9, 2] += 1e-3
    assert not is_initial(parts, kind)


def test_moving_a_learned_matrix_to_float64_keeps_it():
    criterion = OnlineLabelSmoothing(12)
    learned = OnlineLabelSmoothing(12)
    learned(*batch(40, 12))
    learned.end_epoch()
    before = learned.soft_labels.clone()
    assert torch.equal(learned.double().soft_labels, before.double())
    assert criterion.double().soft_labels.eq(1 / 12).all()  # 1/12 of float64
