"""Whole runs on digits: a report an epoch, resume to the bit, and that it learns."""

from __future__ import annotations

import functools
import json
import math

import numpy as np
import pytest
import torch

from ols.errors import CheckpointError, Diverged
from ols.training import trainer as module
from ols.training.checkpoint import list_checkpoints
from ols.training.precision import Precision
from ols.training.trainer import Trainer
from tests.ols.reference import CountCalls
from tests.support.measured import TIMES, without_times

METRICS = {
    *("train_loss", "train_top1", "train_eval_top1", "val_loss", "val_top1", "val_top5", "val_ece"),
    *("lr", *TIMES),
    *("val_nll", "val_nll_scaled", "val_ece_scaled", "val_temperature"),
    *("val_brier", "val_ece_adaptive", "val_ece_classwise", "val_aurc"),
    *("soft_entropy", "soft_target", "soft_partners", "soft_change"),
    *("soft_kl_confusion", "soft_rank_confusion"),
}
NOISE = {"kind": "symmetric", "rate": 0.2}


def assert_same(report, other):
    assert report.epoch == other.epoch
    assert without_times(report.metrics) == without_times(other.metrics)
    for kind, matrix in report.matrices.items():
        assert np.array_equal(matrix, other.matrices[kind]), kind


def test_it_learns_digits(spec, data_dir):
    reports = list(Trainer(spec(epochs=5, batch_size=128), data_dir=data_dir))
    assert reports[-1].metrics["val_top1"] > 0.95


@pytest.mark.parametrize("method", ["hard", "label_smoothing", "ols"])
def test_a_report_has_every_metric_and_matrix(spec, data_dir, method):
    trainer = Trainer(spec(method=method), data_dir=data_dir)
    assert np.allclose(trainer.info.initial_soft_labels, 0.1)
    reports = list(trainer)
    assert [report.epoch for report in reports] == [1, 2]
    for report in reports:
        assert set(report.metrics) == METRICS
        assert all(isinstance(value, float) for value in report.metrics.values())
        soft, confusion, probs = (
            report.matrices[kind] for kind in ("soft_labels", "confusion", "val_probs")
        )
        assert (soft.dtype, confusion.dtype, probs.dtype) == (np.float32, np.uint32, np.float32)
        assert np.allclose(soft.sum(1), 1, atol=1e-5)
        assert confusion.sum() == trainer.info.val_size == 359
        assert np.trace(confusion) / 359 == pytest.approx(report.metrics["val_top1"])
        assert np.allclose(probs.sum(1), 1, atol=1e-5)
        assert report.reliability[:, :, 0].sum(1).tolist() == [359, 359]
    assert reports[-1].eta_seconds == 0
    json.dumps(reports[-1].metrics)


def test_noise_adds_its_metrics_and_leaves_validation_clean(spec, data_dir):
    trainer = Trainer(spec(noise=NOISE), data_dir=data_dir)
    assert trainer.info.corrupted == round(0.2 * trainer.info.train_size)
    assert sum(trainer.info.labelled) == trainer.info.train_size
    assert sum(trainer.info.corrupted_of) == trainer.info.corrupted
    report = list(trainer)[-1]
    noisy = {"train_clean_top1", "train_memorized", "soft_noise_leak", "soft_noise_distance"}
    noisy |= {"train_clean_samples_top1", "train_corrupted_samples_top1", "train_eval_memorized"}
    assert set(report.metrics) == METRICS | noisy
    metrics = report.metrics
    # Agreement with the given labels is right answers on clean samples and memorised wrong ones.
    wrong = trainer.info.corrupted / trainer.info.train_size
    on_clean = metrics["train_top1"] - wrong * metrics["train_memorized"]
    assert -1e-9 <= metrics["train_clean_top1"] - on_clean <= wrong
    clean = Trainer(spec(), data_dir=data_dir)
    assert torch.equal(trainer._data.validation.labels, clean._data.validation.labels)


def test_ols_trains_with_what_it_reports(spec, data_dir):
    trainer = Trainer(spec(), data_dir=data_dir)
    for report in trainer:
        soft = trainer.criterion.soft_labels.numpy()
        assert np.array_equal(report.matrices["soft_labels"], soft)


def test_with_alpha_one_ols_is_hard_labels_and_both_record_the_same(spec, data_dir):
    method = {"name": "ols", "alpha": 1}
    for one, other in zip(
        Trainer(spec(method=method), data_dir=data_dir),
        Trainer(spec(method="hard"), data_dir=data_dir),
        strict=True,
    ):
        assert one.metrics["train_loss"] == pytest.approx(other.metrics["train_loss"], rel=1e-3)
        gap = np.abs(one.matrices["soft_labels"] - other.matrices["soft_labels"]).max()
        assert gap < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("method", ["ols", "hard"])
@pytest.mark.parametrize("eval_on", ["test", "holdout"])
def test_resume_is_bit_identical(spec, data_dir, tmp_path, method, eval_on):
    made = spec(
        method=method, epochs=4, noise=NOISE, eval_on=eval_on, augment={"shift": 1}, batch_size=64
    )
    whole = list(Trainer(made, data_dir=data_dir))
    first = iter(Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path))
    reports = [next(first), next(first), next(first)]  # asked for the third: two are saved
    first.close()
    torch.manual_seed(99)  # whatever else the process did
    resumed = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    assert resumed.info.resumed_epoch == 2
    assert np.allclose(resumed.info.initial_soft_labels, 0.1)
    reports[2:] = list(resumed)
    for report, other in zip(whole, reports, strict=True):
        assert_same(report, other)


@pytest.mark.slow
def test_adamw_resumes_too(spec, data_dir, tmp_path):
    made = spec(epochs=3, optimizer="adamw")
    whole = list(Trainer(made, data_dir=data_dir))
    first = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    next(iter(first))
    first.save()  # a listener that stops between epochs keeps the last one
    rest = list(Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path))
    for report, other in zip(whole[1:], rest, strict=True):
        assert_same(report, other)


def test_two_runs_of_a_spec_are_the_same_and_another_seed_is_not(spec, data_dir):
    one, again = (next(iter(Trainer(spec(), data_dir=data_dir))) for _ in range(2))
    assert_same(one, again)
    other = next(iter(Trainer(spec(seed=1), data_dir=data_dir)))
    assert without_times(one.metrics) != without_times(other.metrics)


def test_an_epoch_is_saved_only_when_its_report_was_dealt_with(spec, data_dir, tmp_path):
    epochs = iter(Trainer(spec(), data_dir=data_dir, checkpoint_dir=tmp_path))
    next(epochs)
    assert list_checkpoints(tmp_path) == []
    next(epochs)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["epoch-000001.pt"]
    assert next(epochs, None) is None
    assert [path.name for path in list_checkpoints(tmp_path)][-1] == "epoch-000002.pt"
    assert list(Trainer(spec(), data_dir=data_dir, checkpoint_dir=tmp_path)) == []


def test_the_checkpoints_threads_are_used_again(spec, data_dir, tmp_path):
    list(Trainer(spec(epochs=1), data_dir=data_dir, checkpoint_dir=tmp_path, threads=1))
    resumed = Trainer(spec(epochs=1), data_dir=data_dir, checkpoint_dir=tmp_path, threads=2)
    assert resumed.info.threads == torch.get_num_threads() == 1


def test_another_specs_checkpoint_is_refused(spec, data_dir, tmp_path):
    list(Trainer(spec(epochs=1), data_dir=data_dir, checkpoint_dir=tmp_path))
    with pytest.raises(CheckpointError, match="another spec"):
        Trainer(spec(epochs=1, seed=5), data_dir=data_dir, checkpoint_dir=tmp_path)


def test_holdout_measures_the_test_set_once_at_the_end(spec, data_dir):
    trainer = Trainer(spec(eval_on="holdout", holdout=0.2), data_dir=data_dir)
    assert trainer.info.train_size + trainer.info.val_size == 1438
    first, last = list(trainer)
    tests = {"test_loss", "test_top1", "test_top5", "test_ece", "test_best_top1", "test_best_ece"}
    assert not tests & set(first.metrics)
    assert tests <= set(last.metrics)


def test_the_best_epochs_weights_are_measured_and_the_last_ones_kept(spec, data_dir):
    trainer = Trainer(spec(eval_on="holdout"), data_dir=data_dir)
    reports = list(trainer)
    trainer._validation.best["weights"] = {
        name: torch.zeros_like(value) for name, value in trainer.model.state_dict().items()
    }
    again = trainer._validation.final_test()
    assert again["test_top1"] == reports[-1].metrics["test_top1"]
    assert again["test_best_top1"] < 0.2  # of a network of zeros
    assert trainer._validation.final_test()["test_top1"] == again["test_top1"]


def test_divergence_names_epoch_and_step(spec, data_dir, monkeypatch):
    trainer = Trainer(spec(batch_size=128), data_dir=data_dir)
    step, calls = trainer._step, []

    def broken(batch, share):
        calls.append(1)
        loss, logits = step(batch, share)
        return (loss * math.nan if len(calls) == 5 else loss), logits

    monkeypatch.setattr(trainer, "_step", broken)
    with pytest.raises(Diverged, match="epoch 1, step 5"):
        list(trainer)


def test_a_hopeless_learning_rate_diverges(spec, data_dir):
    made = spec(optimizer={"name": "sgd", "lr": 100, "weight_decay": 10}, epochs=20)
    with pytest.raises(Diverged, match=r"Lower optimizer\.lr"):
        list(Trainer(made, data_dir=data_dir))


def test_weights_that_the_last_step_breaks_are_never_reported(spec, data_dir, tmp_path):
    trainer = Trainer(spec(epochs=3), data_dir=data_dir, checkpoint_dir=tmp_path)
    step, calls = trainer._step, []

    def breaking(batch, share):
        calls.append(1)
        result = step(batch, share)
        if len(calls) == 2 * trainer.info.steps_per_epoch:
            with torch.no_grad():
                next(trainer.model.parameters()).fill_(math.nan)
        return result

    trainer._step = breaking
    epochs = iter(trainer)
    assert math.isfinite(next(epochs).metrics["val_loss"])
    last = trainer.info.steps_per_epoch
    with pytest.raises(Diverged, match=f"diverged at epoch 2, step {last}:"):
        next(epochs)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["epoch-000001.pt"]


def test_a_damaged_newest_checkpoint_is_trained_again_to_the_bit(spec, data_dir, tmp_path):
    made = spec(epochs=3, augment={"shift": 1}, noise=NOISE)
    whole = list(Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path))
    damaged = list_checkpoints(tmp_path)[-1]
    damaged.write_bytes(damaged.read_bytes()[:-1000])
    with pytest.warns(UserWarning, match=rf"{damaged.name} is damaged.*trying the one before"):
        again = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    assert again.info.resumed_epoch == 2
    (report,) = list(again)
    assert_same(report, whole[-1])


@pytest.mark.slow
def test_the_scalers_state_resumes_too(spec, data_dir, tmp_path, monkeypatch):
    """fp16 needs a GPU, so float32 is scaled here, until it overflows too: then steps are skipped
    and the scale is halved."""

    class Scaled(Precision):
        scaled = True

    start = 2.0**127
    monkeypatch.setattr(module, "choose_precision", lambda *_: Scaled("cpu", None))
    scaler = functools.partial(torch.amp.GradScaler, init_scale=start, growth_interval=9)
    monkeypatch.setattr(module.torch.amp, "GradScaler", scaler)
    method = {"name": "ols", "hard_weight": 100, "soft_weight": 100}
    made = spec(method=method, epochs=4, optimizer={"name": "sgd", "lr": 1e-3})
    whole = Trainer(made, data_dir=data_dir)
    expected = list(whole)
    first = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    next(iter(first))
    first.save()
    resumed = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    assert resumed._updates.scaler.get_scale() == first._updates.scaler.get_scale() < start
    for report, other in zip(expected[1:], resumed, strict=True):
        assert_same(report, other)
    assert resumed._updates.scaler.state_dict() == whole._updates.scaler.state_dict()


def test_a_class_without_a_hit_is_a_warning(spec, data_dir):
    made = spec(epochs=1, optimizer={"lr": 1e-9, "name": "sgd"})
    report = next(iter(Trainer(made, data_dir=data_dir)))
    assert any("no training sample was classified correctly of" in w for w in report.warnings)


def test_a_loss_that_rises_is_a_warning_after_a_resume_too(spec, data_dir, tmp_path):
    epochs = iter(Trainer(spec(epochs=3), data_dir=data_dir, checkpoint_dir=tmp_path))
    assert not any("learning rate" in warning for warning in next(epochs).warnings)
    next(epochs)
    state = torch.load(tmp_path / "epoch-000001.pt", weights_only=True)
    torch.save({**state, "lowest_loss": 0.01}, tmp_path / "epoch-000001.pt")
    report = next(iter(Trainer(spec(epochs=3), data_dir=data_dir, checkpoint_dir=tmp_path)))
    assert any("rose from 0.01 to" in warning for warning in report.warnings)


def test_progress_tells_of_training_and_validating(spec, data_dir):
    told = []
    list(Trainer(spec(), data_dir=data_dir, on_progress=told.append))
    assert {(news.stage, news.epoch) for news in told} == {
        (stage, epoch) for stage in ("training", "validating") for epoch in (1, 2)
    }
    assert told[-1].eta_seconds is not None


def test_bf16_trains_on_a_cpu(spec, data_dir):
    reports = list(Trainer(spec(epochs=4, batch_size=128, precision="bf16"), data_dir=data_dir))
    assert reports[-1].metrics["val_top1"] > 0.8


@pytest.mark.slow
def test_resnet_trains_a_step(spec, data_dir, monkeypatch):
    trainer = Trainer(spec(model="cifar_resnet18", batch_size=32), data_dir=data_dir)
    loss, logits = trainer._step(next(iter(trainer._batches)))
    assert loss.isfinite()
    assert logits.shape == (32, 10)
    assert all(weights.grad.isfinite().all() for weights in trainer.model.parameters())


@pytest.mark.parametrize("method", ["ols", "hard", "label_smoothing"])
def test_no_step_waits_for_the_device(spec, data_dir, method):
    """What makes the host wait for a GPU: reading a scalar, a selection of unknown size."""
    trainer = Trainer(spec(method=method), data_dir=data_dir)
    record = module.TrainRecord(trainer._data.train.labels, 99)
    batch = next(iter(trainer._batches))
    trainer._step(batch)  # the optimiser builds its state in the first step
    with CountCalls() as counter:
        loss, logits = trainer._step(batch)
        record.add(loss, logits, batch.indices, batch.size)
    assert not counter.syncs
