"""What is watched of each sample is what a loop over samples would have noted."""

from __future__ import annotations

import math
from unittest import mock

import numpy as np
import pytest
import torch

from ols.data.batches import Batch, batch_bounds
from ols.training import audit_recorder
from ols.training.audit_recorder import AuditRecorder
from ols.training.trainer import Trainer

N, K, EPOCHS, SIZE = 90, 7, 6, 16


def epochs_of(seed=0, share=1.0, count=N, classes=K):
    """Per epoch, batches in a new order and the logits of each."""
    stream = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, classes, (count,), generator=stream)
    epochs = []
    for _ in range(EPOCHS):
        order = torch.randperm(count, generator=stream)
        steps = []
        for index, (first, last) in enumerate(batch_bounds(count, SIZE)):
            at = order[first:last]
            logits = 3 * torch.randn(last - first, classes, generator=stream)
            own = share if index % 2 else 1.0
            batch = Batch(torch.empty(0), labels[at], at, last - first, own)
            steps.append((batch, logits))
        epochs.append(steps)
    return labels, epochs


def watch(labels, epochs, classes=K, pending=audit_recorder.PENDING):
    with mock.patch.object(audit_recorder, "PENDING", pending):
        recorder = AuditRecorder(labels, classes, SIZE)
    for epoch, steps in enumerate(epochs, start=1):
        for batch, logits in steps:
            recorder.add(logits, batch, epoch)
        recorder.end_epoch(epoch)
    return recorder


def reference(labels, epochs, classes=K):
    """The same, one sample at a time, in float64."""
    notes = [[] for _ in labels]
    for epoch, steps in enumerate(epochs, start=1):
        for batch, logits in steps:
            for row, index in zip(logits.double(), batch.indices.tolist(), strict=True):
                notes[index].append((epoch, batch.share, row))
    rows = []
    for label, noted in zip(labels.tolist(), notes, strict=True):
        weight = margin = confidence = squared = 0.0
        learned = forgotten = 0
        before, softmax = False, torch.zeros(classes, dtype=torch.float64)
        for epoch, share, z in noted:
            p = z.softmax(0)
            others = torch.cat([z[:label], z[label + 1 :]])
            if not p.isfinite().all() or not (z[label] - others.max()).isfinite():
                continue
            weight += share
            margin += share * float(z[label] - others.max())
            confidence += share * float(p[label])
            squared += share * float(p[label]) ** 2
            softmax += share * p
            right = int(z.argmax()) == label
            learned = learned or (epoch if right else 0)
            forgotten += before and not right
            before = right
        mean = confidence / weight
        deviation = math.sqrt(max(squared / weight - mean**2, 0))
        softmax /= weight
        other = int(softmax.masked_fill(torch.arange(classes) == label, -1).argmax())
        rows.append((margin / weight, mean, deviation, learned, forgotten, other, softmax.tolist()))
    return rows


def assert_same(statistics, rows):
    margin, mean, deviation, learned, forgotten, other, softmax = zip(*rows, strict=True)
    np.testing.assert_allclose(statistics.margin, margin, atol=2e-5)
    np.testing.assert_allclose(statistics.confidence, mean, atol=2e-6)
    np.testing.assert_allclose(statistics.deviation, deviation, atol=2e-3)
    assert statistics.learned.tolist() == list(learned)
    assert statistics.forgotten.tolist() == list(forgotten)
    assert statistics.other.tolist() == list(other)
    np.testing.assert_allclose(statistics.softmax, softmax, atol=2e-6)


@pytest.mark.parametrize("share", [1.0, 0.6])
@pytest.mark.parametrize("pending", [1, 150, 10_000])
def test_shuffled_batches_are_what_a_loop_over_samples_notes(share, pending):
    labels, epochs = epochs_of(share=share)
    recorder = watch(labels, epochs, pending=pending)
    assert_same(recorder.statistics(), reference(labels, epochs))
    assert recorder.statistics().forgotten.sum() > 10  # else the check above says little


def test_logits_that_are_not_finite_leave_nothing_behind():
    labels, epochs = epochs_of()
    for epoch, value in ((1, math.nan), (3, math.inf), (5, -math.inf)):
        _, logits = epochs[epoch][2]
        logits[4:9, 1] = value
    assert_same(watch(labels, epochs).statistics(), reference(labels, epochs))


def test_a_sample_without_a_usable_step_is_not_a_number():
    labels, epochs = epochs_of()
    for steps in epochs:
        for batch, logits in steps:
            logits[batch.indices == 7] = math.nan
    statistics = watch(labels, epochs).statistics()
    assert np.isnan([statistics.margin[7], statistics.confidence[7]]).all()
    assert np.isfinite(np.delete(statistics.margin, 7)).all()
    assert statistics.learned[7] == 0


def test_it_resumes_to_the_bit():
    labels, epochs = epochs_of(share=0.7)
    whole = watch(labels, epochs)
    first = watch(labels, epochs[:3])
    resumed = AuditRecorder(labels, K, SIZE)
    resumed.restore(first.state())
    for epoch, steps in enumerate(epochs[3:], start=4):
        for batch, logits in steps:
            resumed.add(logits, batch, epoch)
        resumed.end_epoch(epoch)
    for name, value in whole.state().items():
        assert value is None or torch.equal(resumed.state()[name], value), name


def test_a_sample_takes_24_bytes_and_its_softmax():
    labels, _ = epochs_of()
    state = AuditRecorder(labels, K, SIZE).state()
    tensors = [value for name, value in state.items() if value is not None and name != "softmax"]
    assert sum(tensor.nbytes for tensor in tensors) <= 24 * N
    assert state["softmax"].nbytes == 4 * N * K


def test_of_many_classes_the_top_three_are_kept():
    labels, epochs = epochs_of(classes=40)
    for steps in epochs:  # as networks answer: a few classes stand out for each sample
        for batch, logits in steps:
            peaks = torch.stack([(7 * batch.indices + i) % 40 for i in range(3)], 1)
            heights = torch.tensor([[9.0, 8.5, 8.0]]).expand(len(peaks), 3)
            logits.scatter_add_(1, peaks, heights)
    whole = watch(labels, epochs, 40).statistics()
    with mock.patch.object(audit_recorder, "WHOLE_SOFTMAX", N * 40 - 1):
        top = watch(labels, epochs, 40)
    statistics = top.statistics()
    assert (statistics.softmax.shape, top.state()["softmax"]) == ((N, 3), None)
    order = np.argsort(-whole.softmax, axis=1)[:, :3]
    assert (statistics.classes == order).mean() > 0.95
    same = statistics.classes == order
    exact = np.take_along_axis(whole.softmax, order, 1)
    np.testing.assert_allclose(statistics.softmax[same], exact[same], atol=0.06)
    assert (statistics.softmax <= exact + 1e-5).all()  # lower bounds
    assert (statistics.other == whole.other).mean() > 0.95
    np.testing.assert_array_equal(statistics.margin, whole.margin)


def test_one_or_two_classes_are_no_special_case():
    labels, epochs = epochs_of(classes=2)
    assert_same(watch(labels, epochs, 2).statistics(), reference(labels, epochs, 2))
    labels, epochs = epochs_of(classes=1)
    assert np.isnan(watch(labels, epochs, 1).statistics().margin).all()  # there is no other class


NOISE = {"kind": "symmetric", "rate": 0.2}


@pytest.mark.parametrize("fields", [{}, {"eval_on": "holdout"}, {"augment": {"mix": "mixup"}}])
def test_a_run_watches_its_own_samples_and_resumes(spec, data_dir, tmp_path, fields):
    settings = spec(noise=NOISE, epochs=4, model={"width": 16}, **fields)
    whole = Trainer(settings, data_dir=data_dir)
    list(whole)
    first = iter(Trainer(settings, data_dir=data_dir, checkpoint_dir=tmp_path))
    next(first), next(first), next(first)
    resumed = Trainer(settings, data_dir=data_dir, checkpoint_dir=tmp_path)
    list(resumed)
    watched, again = whole.sample_statistics(), resumed.sample_statistics()
    assert len(watched.margin) == whole.info.train_size
    for name in ("margin", "confidence", "deviation", "learned", "forgotten", "softmax"):
        np.testing.assert_array_equal(getattr(watched, name), getattr(again, name))
    assert np.isfinite(watched.margin).all()
    np.testing.assert_allclose(watched.softmax.sum(1), 1, atol=1e-5)
    np.testing.assert_array_equal(watched.given, whole._data.train.labels.numpy())
    wrong = watched.given != whole._data.true_labels.numpy()
    assert watched.margin[wrong].mean() < watched.margin[~wrong].mean() - 0.5
    # A wrong label's image is taken for its own class.
    right = watched.other[wrong] == whole._data.true_labels.numpy()[wrong]
    assert right.mean() > 0.6


def test_a_checkpoint_of_a_version_that_watched_nothing_is_resumed(spec, data_dir):
    trainer = Trainer(spec(epochs=1), data_dir=data_dir)
    list(trainer)
    state = trainer._state()
    del state["audit"]
    fresh = Trainer(spec(epochs=1), data_dir=data_dir)
    fresh._restore({**state, "epoch": 1})
    assert np.isnan(fresh.sample_statistics().margin).all()
