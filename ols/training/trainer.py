"""The trainer: a spec in, one plain EpochReport per epoch out.

    for report in Trainer(RunSpec.parse({"method": "ols", "dataset": "digits"})):
        print(report.epoch, report.metrics["val_top1"])

It does not know its caller. An epoch's checkpoint is written when the caller asks for the next
epoch (and before the iteration ends), thus after the caller has processed the report: if either
dies in between, the epoch is trained again, to the same numbers, and no report is ever lost. A
caller that stops between two epochs calls `save()` to keep the last one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ols.data.batches import Batch
from ols.data.dataset import FileSplit
from ols.data.decided_labels import Decisions
from ols.data.feeding import training_batches
from ols.distributed.ranks import join_ranks
from ols.errors import Diverged, FieldError, SpecError
from ols.measures.sample_statistics import SampleStatistics
from ols.measures.soft_label_quality import SoftLabelQuality, noise_posterior
from ols.methods import build_criterion
from ols.methods.criterion import (
    Step,
    begin_epoch,
    compute_loss,
    end_epoch,
    trained_parameters,
)
from ols.models import build_model
from ols.models.pretrained import FOLDER
from ols.random_streams import derived_seed
from ols.spec.catalogue import superclasses
from ols.spec.run_spec import RunSpec
from ols.training import epoch_warnings
from ols.training.audit_recorder import AuditRecorder
from ols.training.checkpoint import KEEP, State, load_newest, save_checkpoint
from ols.training.epoch_report import (
    ClassSamples,
    EpochReport,
    MatrixKind,
    Progress,
    RunInfo,
    SampleAudit,
)
from ols.training.final_test import FinalTest
from ols.training.fork import Fork, ForkPoint
from ols.training.optim import build_optimizer, build_schedule, set_learning_rate
from ols.training.precision import PrecisionTrial, choose_precision
from ols.training.progress import ProgressMeter
from ols.training.retention import Retention
from ols.training.run_data import load_run_data
from ols.training.runtime import (
    choose_device,
    choose_threads,
    device_name,
    keep_freed_memory,
)
from ols.training.sample_audit import PICTURES, audit_samples
from ols.training.samples import class_samples
from ols.training.soft_label_watch import SoftLabelWatch
from ols.training.train_record import TrainRecord, training_accuracies
from ols.training.unmixed import UnmixedAccuracy
from ols.training.updates import WHOLE, BatchShare, WeightUpdates
from ols.training.validation import Validation
from ols.training.weight_average import AveragedWeights

CHECK_EVERY = 50  # steps between two checks of the loss, each of which waits for the device


class Trainer:
    """Loads the data and builds the network; iterating trains.

    Resumes from the newest checkpoint in `checkpoint_dir`, if there is one: on a CPU bit for bit
    as if it had never stopped, with the checkpoint's number of threads. Sets PyTorch's global
    thread count and seed. `keep` says which checkpoints are kept; `decisions` on training labels
    are those of `spec.labels`. With a `fork_point` it is a fork: it begins from a checkpoint of its
    parent unless `checkpoint_dir` holds one of its own.

    A run with precision `auto` that begins on a CPU takes what `settle_precision` says, else fp32;
    one that resumes keeps its checkpoint's.

    Under torchrun it trains with the other processes (ols.distributed.ranks): each iterates, all
    get the same reports, and the first writes the checkpoints.

    Raises DatasetUnavailable, CheckpointError or SpecError (of a fork ForkError) here, and Diverged
    while iterating.
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
        keep: Retention = KEEP,
        decisions: Decisions | None = None,
        fork_point: ForkPoint | None = None,
        settle_precision: Callable[[PrecisionTrial], str] | None = None,
    ) -> None:
        self.spec = spec
        self._point = fork_point
        self._keep = keep
        self._folder = Path(checkpoint_dir) if checkpoint_dir is not None else None
        self._spec_json = spec.model_dump_json()
        self.device = choose_device(device)
        self._ranks = join_ranks(spec.devices, self.device)
        state = load_newest(self._folder, spec) if self._folder else None
        fork = Fork(fork_point, spec) if fork_point and state is None else None
        state = fork.state if fork else state
        stored = state["threads"] if state else None
        stored_precision = state.get("precision") if state else None
        self._precision = choose_precision(spec.precision, self.device, stored_precision)
        self.threads = choose_threads(threads, stored, spec.devices)
        torch.set_num_threads(self.threads)
        torch.manual_seed(spec.seed)
        if not self._on_gpu:
            keep_freed_memory()

        if spec.labels.set and decisions is None:
            message = (
                "a lab keeps label sets: submit the run there, or give the set's CSV (--labels)"
            )
            raise SpecError([FieldError("labels.set", message)])
        self._data = load_run_data(spec, Path(data_dir), self.device, self._ranks, decisions)
        self._transition = self._data.transition_matrix() if self._noisy else None
        self._build(state, Path(data_dir), settle_precision)
        self.epoch = 0  # epochs done
        self._saved_epoch = 0
        self._lowest_loss = math.inf  # of the training losses so far
        self._meter = ProgressMeter(on_progress, spec.epochs)
        initial = self._watch.initial()
        self._notes = self._data.notes  # of the first epoch that this process trains
        if fork:
            state = fork.begin(self.criterion, self.optimizer, self.model)
            self._notes = tuple(fork.notes)
        if state:
            self._restore(state)
        self.info = self._describe(initial)
        self._quality = self._measure_quality(state, initial)

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
                best = self._validation.best["epoch"]
                save_checkpoint(self._folder, self.epoch, self._state(), self._keep, best)
            self._saved_epoch = self.epoch

    def samples(self) -> ClassSamples:
        """Thumbnails of each class's training images."""
        return class_samples(self._data)

    def audit(self, pictures: int = PICTURES) -> SampleAudit:
        """Which training labels look wrong, by the epochs so far; with so many pictures."""
        statistics = self.sample_statistics()
        return audit_samples(self._data, statistics, truth=self._noisy, pictures=pictures)

    def image_names(self) -> tuple[str, ...]:
        """Paths of the training images, in the order of the audit; none of those in memory."""
        train = self._data.train
        return train.paths if isinstance(train, FileSplit) else ()

    def sample_statistics(self) -> SampleStatistics:
        """What the epochs so far say of each training sample."""
        return self._audit.statistics()

    # -- building -------------------------------------------------------------------------------

    def _build(
        self,
        state: State | None,
        data_dir: Path,
        settle_precision: Callable[[PrecisionTrial], str] | None,
    ) -> None:
        """`state`: that of a checkpoint, which gives the weights."""
        spec, data, num_classes = self.spec, self._data, len(self._data.classes)
        weights_dir = None if state else data_dir
        model = build_model(spec.model, data.channels, num_classes, data.size, weights_dir)
        if state:  # before a criterion copies the network as its teacher
            model.load_state_dict(state["model"])
        # Convolutions of small images are faster with the channel last, on GPUs and on CPUs.
        self.model = model.to(self.device).to(memory_format=torch.channels_last)
        if settle_precision and state is None and spec.precision == "auto" and not self._on_gpu:
            image = (data.channels, data.size, data.size)
            trial = PrecisionTrial(self.model, spec.model, image, num_classes, spec.batch_size)
            self._precision = choose_precision(settle_precision(trial), self.device)
        self._distributed = self._ranks.distribute(self.model)
        self._validation = Validation(
            self.model, data, self._precision, self._ranks, keep_best=spec.eval_on == "holdout"
        )
        self._unmixed = UnmixedAccuracy(spec, data, self._validation)
        self._final = FinalTest(spec, self.model, data, self._precision, self._ranks)
        self.criterion = build_criterion(
            spec.method,
            num_classes,
            labels=data.train.labels,
            noise=spec.noise,
            transition=None if self._transition is None else torch.from_numpy(self._transition),
            seed=self._point.seed(spec.seed) if self._point else spec.seed,
            model=self.model,
            files=None if state and not self._point else data_dir / FOLDER,
        ).to(self.device)
        self._watch = SoftLabelWatch(self.criterion, num_classes, self.device)
        self.optimizer = build_optimizer(
            spec.optimizer, self.model, trained_parameters(self.criterion)
        )
        self._order = torch.Generator().manual_seed(derived_seed(spec.seed, "order"))
        self._batches = training_batches(
            data.train,
            spec.batch_size,
            spec.augment,
            data.normalise,
            self._order,
            self._ranks.rank,
            self._ranks.size,
        )
        begins_after = self._point.schedule_from if self._point else 0
        self._rate = build_schedule(spec, len(self._batches), begins_after)
        self._averaged = AveragedWeights(self.model, self._validation, spec) if spec.ema else None
        self._updates = WeightUpdates(spec, self.optimizer, self._precision, self._batches.sizes)
        self._audit = AuditRecorder(data.train.labels, num_classes, spec.batch_size, self._ranks)

    def _describe(self, initial_soft_labels: np.ndarray) -> RunInfo:
        return RunInfo(
            classes=self._data.classes,
            device=str(self.device),
            device_name=device_name(self.device),
            threads=self.threads,
            precision=self._precision.name,
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            train_size=len(self._data.train),
            val_size=len(self._data.validation),
            corrupted=self._data.corrupted,
            steps_per_epoch=len(self._batches),
            resumed_epoch=self.epoch,
            initial_soft_labels=initial_soft_labels,
            labelled=self._data.labels_by_class(),
            corrupted_of=self._data.labels_by_class(corrupted=True),
            transition=self._transition,
            data_fingerprint=self._data.fingerprint,
        )

    # -- one epoch ------------------------------------------------------------------------------

    def _train_epoch(self, epoch: int) -> EpochReport:
        started = time.monotonic()
        self._meter.start_epoch()
        if begin_epoch(self.criterion, epoch, self.spec.epochs, self.model):
            self._lowest_loss = math.inf
        record = self._train_steps(epoch)
        end_epoch(self.criterion)
        training_seconds = time.monotonic() - started
        metrics = {"train_loss": record.loss(), **self._training_accuracies(record)}
        warnings = self._warnings(record, metrics["train_loss"])
        if epoch == (self._point.epoch if self._point else 0) + 1:
            warnings = self._notes + warnings
        soft_labels = self._watch.close()
        self._meter.validating(epoch, len(self._batches))
        validation = self._validation.measure(epoch, self.criterion)
        if not math.isfinite(validation.loss):  # the last step itself may have broken the weights
            raise Diverged(epoch, len(self._batches))
        metrics |= validation.metrics("val")
        metrics |= self._quality.measure(soft_labels, validation.confusion)
        if epoch == self.spec.epochs and self.spec.eval_on == "holdout":
            metrics |= self._validation.final_test()
        if self._averaged is not None:
            metrics |= self._averaged.measure(epoch)
        metrics |= self._final.after_epoch(epoch)
        metrics["lr"] = self.optimizer.param_groups[0]["lr"]
        metrics["epoch_seconds"] = time.monotonic() - started
        metrics["images_per_second"] = len(self._data.train) / training_seconds
        matrices: dict[MatrixKind, np.ndarray] = {
            "soft_labels": soft_labels,
            "confusion": validation.confusion,
            "val_probs": validation.probabilities,
        }
        return EpochReport(
            epoch=epoch,
            epochs=self.spec.epochs,
            metrics=metrics,
            matrices=matrices,
            eta_seconds=self._meter.end_epoch(epoch),
            warnings=warnings,
            reliability=validation.reliability(),
            confused=self._validation.confused,
        )

    def _train_steps(self, epoch: int) -> TrainRecord:
        self.model.train()
        self.criterion.train()
        steps = len(self._batches)
        record = TrainRecord(
            self._data.train.labels,
            steps,
            self._precision.scaled,
            self._ranks,
        )
        for step, batch in enumerate(self._batches, start=1):
            set_learning_rate(self.optimizer, self._rate((epoch - 1) * steps + step - 1))
            loss, logits = self._step(batch, self._updates.shares[step - 1])
            record.add(loss, logits, batch.indices, batch.size)
            self._audit.add(logits, batch, epoch)
            if step % CHECK_EVERY == 0 or step == steps:
                record.check(epoch)
            self._meter.training(epoch, step, steps, batch.size)
        self._audit.end_epoch(epoch)
        return record

    def _training_accuracies(self, record: TrainRecord) -> dict[str, float]:
        """Of the steps, where they see single images, and in evaluation mode."""
        given, true = self._data.train.labels, self._data.true_labels
        seen = training_accuracies(record.predicted(), given, true, noisy=self._noisy)
        return seen | self._unmixed.measure()

    def _step(self, batch: Batch, share: BatchShare = WHOLE) -> tuple[Tensor, Tensor]:
        images = batch.images.contiguous(memory_format=torch.channels_last)
        with self._precision.autocast():
            logits = self._distributed(images)
        targets = batch.targets(len(self._data.classes))
        step = Step(batch.indices, images)
        loss = compute_loss(self.criterion, logits.float(), targets, step)
        self._updates.backward(self._ranks.weigh(loss, len(batch.labels), batch.size), share)
        # From the same forward pass as the loss, so the order relative to the step does not matter.
        self._watch.update(logits, targets)
        if share.last:
            self._updates.update()
            if self._averaged is not None:
                self._averaged.follow(self.model)
        return loss.detach(), logits.detach()

    def _measure_quality(self, state: State | None, initial: np.ndarray) -> SoftLabelQuality:
        """Compares with the soft labels of the last epoch, from which a run resumes."""
        before = state.get("soft_labels") if state else None
        data, count = self._data, len(self._data.classes)
        given, true = data.train.labels.cpu().numpy(), data.true_labels.cpu().numpy()
        return SoftLabelQuality(
            initial if before is None else before.numpy(),
            superclasses(self.spec.dataset.name, count),
            noise_posterior(given, true, count) if self._noisy else None,
        )

    def _warnings(self, record: TrainRecord, train_loss: float) -> tuple[str, ...]:
        """Of an epoch, in words."""
        missed = self._ranks.all(self._watch.statistics.without_hit()).nonzero().flatten().tolist()
        warnings = [
            record.skipped_steps(),
            epoch_warnings.classes_without_hit([self._data.classes[label] for label in missed]),
            epoch_warnings.learning_rate_too_high(train_loss, self._lowest_loss),
            epoch_warnings.memory_nearly_full(),
        ]
        self._lowest_loss = min(self._lowest_loss, train_loss)
        return tuple(filter(None, warnings))

    # -- checkpoint -----------------------------------------------------------------------------

    def _state(self) -> State:
        return {
            "spec": self._spec_json,
            "threads": self.threads,
            "precision": self._precision.name,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self._updates.scaler.state_dict(),
            "criterion": self.criterion.state_dict(),
            "statistics": self._watch.state(),
            "best": self._validation.best,
            "ensemble": self._final.state(),
            **({} if self._averaged is None else {"ema": self._averaged.state()}),
            "audit": self._audit.state(),
            "lowest_loss": self._lowest_loss,
            "soft_labels": torch.from_numpy(self._quality.before),
            "rng": {
                "cpu": torch.get_rng_state(),
                "cuda": torch.cuda.get_rng_state(self.device) if self._on_gpu else None,
                "order": self._order.get_state(),
            },
        }

    def _restore(self, state: State) -> None:
        """What a fork's state lacks begins anew."""
        if state["optimizer"] is not None:
            self.optimizer.load_state_dict(state["optimizer"])
        if state["scaler"]:  # empty without fp16
            self._updates.scaler.load_state_dict(state["scaler"])
        if state["criterion"] is not None:
            self.criterion.load_state_dict(state["criterion"])
        self._watch.restore(state["statistics"])
        if not self._ranks.first:
            self._watch.statistics.sums.zero_()  # the first rank's are those of all (`period` > 1)
        self._validation.best = state["best"]
        self._final.restore(state.get("ensemble"))
        if self._averaged is not None and "ema" in state:
            self._averaged.restore(state["ema"])
        self._audit.restore(state.get("audit"))  # version 0.2 watched no samples
        self._lowest_loss = state.get("lowest_loss", math.inf)  # version 0.1 had none
        torch.set_rng_state(state["rng"]["cpu"])
        if self._on_gpu and state["rng"]["cuda"] is not None:
            torch.cuda.set_rng_state(state["rng"]["cuda"], self.device)
        self._order.set_state(state["rng"]["order"])
        self.epoch = self._saved_epoch = state["epoch"]

    @property
    def _noisy(self) -> bool:
        return self.spec.noise.kind != "none"

    @property
    def _on_gpu(self) -> bool:
        return self.device.type == "cuda"
