"""The trainer: a spec in, one plain EpochReport an epoch out.

    for report in Trainer(RunSpec.parse({"method": "ols", "dataset": "digits"})):
        print(report.epoch, report.metrics["val_top1"])

It does not know who listens. An epoch's checkpoint is written when the listener asks for the next
epoch (and before the iteration ends), thus after the listener has dealt with the report: if either
dies in between, the epoch is trained again, to the same numbers, and no report is ever lost. A
listener that stops between two epochs calls `save()` to keep the last one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ols import notes as notes_of
from ols.checkpoint import State, load_newest, save_checkpoint
from ols.data.batches import Batch, Normalise
from ols.data.dataset import AnySplit
from ols.data.feeding import evaluation_batches, training_batches
from ols.data.loading import load_dataset
from ols.data.noise import corrupt_labels
from ols.data.splits import stratified_split
from ols.data.streams import derived_seed
from ols.methods import build_criterion
from ols.methods.online_label_smoothing import OnlineLabelSmoothing
from ols.methods.soft_label_statistics import SoftLabelStatistics, uniform
from ols.metrics import Evaluation, Evaluator
from ols.models import build_model
from ols.optim import build_optimizer, build_schedule, set_learning_rate
from ols.progress import ProgressMeter
from ols.ranks import join_ranks
from ols.report import EpochReport, MatrixKind, Progress, RunInfo
from ols.runtime import (
    choose_device,
    choose_precision,
    choose_threads,
    device_name,
    keep_freed_memory,
)
from ols.spec import RunSpec
from ols.train_record import TrainRecord

EVALUATION_BATCH = 250  # on a CPU larger batches leave the cache; measured on glyphs
EVALUATION_BATCH_GPU = 2000
CHECK_EVERY = 50  # steps between two looks at the loss, each of which waits for the device


class Trainer:
    """Loads the data and builds the network; iterating trains.

    Goes on from the newest checkpoint in `checkpoint_dir`, if there is one: on a CPU bit for bit
    as if it had never stopped, with the checkpoint's number of threads. Sets PyTorch's global
    thread count and seed.

    Under torchrun it trains with the other processes (see ols.ranks): each iterates, all get the
    same reports, and the first writes the checkpoints.

    Raises DatasetUnavailable, CheckpointError or SpecError here, and Diverged while iterating.
    """

    def __init__(
        self,
        spec: RunSpec,
        *,
        data_dir: Path | str = "data/datasets",
        checkpoint_dir: Path | str | None = None,
        device: str = "auto",
        threads: int | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.spec = spec
        self._folder = Path(checkpoint_dir) if checkpoint_dir is not None else None
        self._spec_json = spec.model_dump_json()
        self.device = choose_device(device)
        self._ranks = join_ranks(spec.devices, self.device)
        self._precision = choose_precision(spec.precision, self.device)
        state = load_newest(self._folder, spec) if self._folder else None
        stored = state["threads"] if state else None
        self.threads = choose_threads(threads, stored, spec.devices)
        torch.set_num_threads(self.threads)
        torch.manual_seed(spec.seed)
        if not self._on_gpu:
            keep_freed_memory()

        self._load_data(Path(data_dir))
        self._build()
        self.epoch = 0  # epochs done
        self._saved_epoch = 0
        self._best: dict[str, Any] = {"epoch": 0, "top1": -1.0, "weights": None}
        self._lowest_loss = math.inf  # of the training losses so far
        self._meter = ProgressMeter(on_progress, spec.epochs)
        initial = self._initial_soft_labels()
        if state:
            self._restore(state)
        self.info = self._describe(initial)

    def __iter__(self) -> Iterator[EpochReport]:
        while self.epoch < self.spec.epochs:
            report = self._train_epoch(self.epoch + 1)
            self.epoch += 1
            yield report
            self.save()

    def save(self) -> None:
        """Writes the checkpoint of the last finished epoch, unless it is written or unwanted."""
        if self._folder and self._saved_epoch < self.epoch:
            if self._ranks.first:
                save_checkpoint(self._folder, self.epoch, self._state())
            self._saved_epoch = self.epoch

    # -- building -------------------------------------------------------------------------------

    def _load_data(self, data_dir: Path) -> None:
        spec = self.spec
        with self._ranks.first_before_others():
            data = load_dataset(spec.dataset, data_dir)
        train, self._test, validation = data.train, data.test.to(self.device), data.test
        if spec.eval_on == "holdout":
            kept, held_out = stratified_split(train.labels, spec.holdout, spec.seed)
            train, validation = train.select(kept), train.select(held_out)
        self._validation = validation.to(self.device)
        noisy = corrupt_labels(train.labels, len(data.classes), spec.noise, spec.seed)
        self._true_labels = train.labels.to(self.device)
        self._train = train.with_labels(noisy).to(self.device)
        self._normalise = Normalise(data.mean, data.std, self.device)
        self._classes = data.classes
        self._channels = data.channels

    def _build(self) -> None:
        spec, num_classes = self.spec, len(self._classes)
        model = build_model(spec.model, self._channels, num_classes)
        # Convolutions of small images are faster with the channel last, on GPUs and on CPUs.
        self.model = model.to(self.device).to(memory_format=torch.channels_last)
        self._distributed = self._ranks.distribute(self.model)
        self.criterion = build_criterion(spec.method, num_classes).to(self.device)
        # OLS gathers the statistic itself; for other methods the trainer does.
        self._watch = None
        if not isinstance(self.criterion, OnlineLabelSmoothing):
            self._watch = SoftLabelStatistics(num_classes).to(self.device)
        self.optimizer = build_optimizer(spec.optimizer, self.model)
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=self._precision.scaled)
        self._order = torch.Generator().manual_seed(derived_seed(spec.seed, "order"))
        self._batches = training_batches(
            self._train,
            spec.batch_size,
            spec.augment,
            self._normalise,
            self._order,
            self._ranks.rank,
            self._ranks.size,
        )
        self._rate = build_schedule(spec, len(self._batches))

    def _describe(self, initial_soft_labels: np.ndarray) -> RunInfo:
        return RunInfo(
            classes=self._classes,
            device=str(self.device),
            device_name=device_name(self.device),
            threads=self.threads,
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            train_size=len(self._train),
            val_size=len(self._validation),
            corrupted=int(self._train.labels.ne(self._true_labels).sum()),
            steps_per_epoch=len(self._batches),
            resumed_epoch=self.epoch,
            initial_soft_labels=initial_soft_labels,
        )

    # -- one epoch ------------------------------------------------------------------------------

    def _train_epoch(self, epoch: int) -> EpochReport:
        started = time.monotonic()
        self._meter.start_epoch()
        record = self._train_steps(epoch)
        metrics = record.metrics(noisy=self.spec.noise.kind != "none")
        training_seconds = time.monotonic() - started
        notes = self._notes(record, metrics["train_loss"])
        soft_labels = self._close_statistics()
        self._meter.validating(epoch, len(self._batches))
        validation = self._evaluate(self._validation)
        metrics |= validation.metrics("val")
        self._note_best(epoch, validation)
        if epoch == self.spec.epochs and self.spec.eval_on == "holdout":
            metrics |= self._final_test()
        metrics["lr"] = self.optimizer.param_groups[0]["lr"]
        metrics["epoch_seconds"] = time.monotonic() - started
        metrics["images_per_second"] = len(self._train) / training_seconds
        matrices: dict[MatrixKind, np.ndarray] = {
            "soft_labels": soft_labels,
            "confusion": validation.confusion,
            "val_probs": validation.probabilities,
        }
        eta = self._meter.end_epoch(epoch)
        return EpochReport(epoch, self.spec.epochs, metrics, matrices, eta, notes)

    def _train_steps(self, epoch: int) -> TrainRecord:
        self.model.train()
        self.criterion.train()
        steps = len(self._batches)
        record = TrainRecord(
            self._train.labels, self._true_labels, steps, self._precision.scaled, self._ranks
        )
        for step, batch in enumerate(self._batches, start=1):
            set_learning_rate(self.optimizer, self._rate((epoch - 1) * steps + step - 1))
            loss, logits = self._step(batch)
            record.add(loss, logits, batch.indices, batch.size)
            if step % CHECK_EVERY == 0 or step == steps:
                record.check(epoch)
            self._meter.training(epoch, step, steps, batch.size)
        return record

    def _step(self, batch: Batch) -> tuple[Tensor, Tensor]:
        images = batch.images.contiguous(memory_format=torch.channels_last)
        with self._precision.autocast():
            logits = self._distributed(images)
        loss = self.criterion(logits.float(), batch.labels)
        self.optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(self._ranks.weigh(loss, len(batch.labels), batch.size)).backward()
        # From the same forward pass as the loss, so before the step or after it is all the same.
        if self._watch is not None:
            self._watch.update(logits, batch.labels)
        self._scaler.step(self.optimizer)
        self._scaler.update()
        return loss.detach(), logits.detach()

    def _evaluate(self, split: AnySplit) -> Evaluation:
        self.model.eval()
        evaluator = Evaluator(len(self._classes), self.device)
        size = EVALUATION_BATCH_GPU if self.device.type == "cuda" else EVALUATION_BATCH
        with torch.inference_mode():
            for images, labels in evaluation_batches(
                split, size, self._normalise, self._ranks.rank, self._ranks.size
            ):
                with self._precision.autocast():
                    logits = self.model(images.contiguous(memory_format=torch.channels_last))
                evaluator.update(logits, labels)
        return evaluator.result(self._ranks)

    def _final_test(self) -> dict[str, float]:
        """The test set, once: for the last weights, and for those of the best epoch."""
        metrics = self._evaluate(self._test).metrics("test")
        last = _on_cpu(self.model)
        self.model.load_state_dict(self._best["weights"])
        best = self._evaluate(self._test)
        self.model.load_state_dict(last)
        return metrics | {"test_best_top1": best.top1, "test_best_ece": best.ece}

    def _note_best(self, epoch: int, validation: Evaluation) -> None:
        """Weights are kept only where the best epoch is chosen fairly, on a holdout."""
        if validation.top1 > self._best["top1"]:
            weights = _on_cpu(self.model) if self.spec.eval_on == "holdout" else None
            self._best = {"epoch": epoch, "top1": validation.top1, "weights": weights}

    # -- soft labels ----------------------------------------------------------------------------

    def _statistics(self) -> SoftLabelStatistics:
        if isinstance(self.criterion, OnlineLabelSmoothing):
            return self.criterion.statistics
        assert self._watch is not None
        return self._watch

    def _close_statistics(self) -> np.ndarray:
        """Ends the epoch; S as OLS trains with it next, or for other methods would."""
        if isinstance(self.criterion, OnlineLabelSmoothing):
            self.criterion.end_epoch()
            return _matrix(self.criterion.soft_labels)
        return _matrix(self._statistics().close(uniform(len(self._classes)).to(self.device)))

    def _initial_soft_labels(self) -> np.ndarray:
        if isinstance(self.criterion, OnlineLabelSmoothing):
            return _matrix(self.criterion.soft_labels)
        return _matrix(uniform(len(self._classes)))

    def _notes(self, record: TrainRecord, train_loss: float) -> tuple[str, ...]:
        """Warnings of an epoch, in words."""
        missed = self._ranks.all(self._statistics().without_hit()).nonzero().flatten().tolist()
        notes = [
            record.skipped_steps(),
            notes_of.classes_without_hit([self._classes[label] for label in missed]),
            notes_of.learning_rate_too_high(train_loss, self._lowest_loss),
            notes_of.memory_nearly_full(),
        ]
        self._lowest_loss = min(self._lowest_loss, train_loss)
        return tuple(filter(None, notes))

    # -- checkpoint -----------------------------------------------------------------------------

    def _state(self) -> State:
        return {
            "spec": self._spec_json,
            "threads": self.threads,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "criterion": self.criterion.state_dict(),
            "statistics": self._watch.state_dict() if self._watch is not None else None,
            "best": self._best,
            "lowest_loss": self._lowest_loss,
            "rng": {
                "cpu": torch.get_rng_state(),
                "cuda": torch.cuda.get_rng_state(self.device) if self._on_gpu else None,
                "order": self._order.get_state(),
            },
        }

    def _restore(self, state: State) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])
        self.criterion.load_state_dict(state["criterion"])
        if self._watch is not None:
            self._watch.load_state_dict(state["statistics"])
        if not self._ranks.first:
            self._statistics().sums.zero_()  # the first rank's are those of all (`period` > 1)
        self._best = state["best"]
        self._lowest_loss = state.get("lowest_loss", math.inf)  # version 0.1 had none
        torch.set_rng_state(state["rng"]["cpu"])
        if self._on_gpu and state["rng"]["cuda"] is not None:
            torch.cuda.set_rng_state(state["rng"]["cuda"], self.device)
        self._order.set_state(state["rng"]["order"])
        self.epoch = self._saved_epoch = state["epoch"]

    @property
    def _on_gpu(self) -> bool:
        return self.device.type == "cuda"


def _on_cpu(model: nn.Module) -> dict[str, Tensor]:
    """A copy that later steps do not touch."""
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}


def _matrix(tensor: Tensor) -> np.ndarray:
    """A copy as float32 (K, K) on the host."""
    return tensor.detach().to("cpu", torch.float32, copy=True).numpy()
