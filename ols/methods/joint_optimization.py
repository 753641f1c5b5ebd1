"""Joint optimisation of weights and labels (Tanaka et al., CVPR 2018, arXiv 1803.11364).

    L = KL(s || p) + alpha KL(prior || mean p) + beta H(p),   alpha = 1.2, beta = 0.8

s is each sample's soft label: the given label at first; from the start epoch (70 of the code's
200, so 0.35 of a run) the mean of its predictions of the last 10 epochs, anew every epoch. The
prior is uniform, the mean over the batch. Predictions are those of the training-mode forward
passes, as in that code (DaikiTanaka-UT/JointOptimization, first_step_train.py, which keeps its
learning rate constant). alpha and beta are those of the comparisons of SCE and OLS; the code's own
defaults are 1 and 0.5.

This is the first of two steps. The second (second_step_train.py) trains a fresh network on the
learned labels alone, L = -sum_k s_k log p_k: 120 epochs at a rate of 0.2, a tenth of it after each
third. It is another run, with a network, an optimiser and a schedule of its own, which reads s from
the first one's checkpoint (`labels_file`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ols.data.label_checks import LEAST_AGREEMENT, agreement
from ols.distributed.collectives import batch_mean
from ols.errors import FieldError, SpecError
from ols.methods.criterion import Criterion, RunContext, Step, epoch_after
from ols.methods.sample_table import SampleTable, empty_table, one_hot_table
from ols.spec.methods.joint_optimization import JointOptimization


def joint_loss(logits: Tensor, soft: Tensor, alpha: float = 1.2, beta: float = 0.8) -> Tensor:
    """The losses (B,) against soft labels (B, K); the prior's term is that of the whole batch."""
    log_p = torch.log_softmax(logits, 1)
    p = log_p.exp()
    fits = (torch.xlogy(soft, soft) - soft * log_p).sum(1)
    # Its logarithm is finite: a mean of probabilities below 1e-30 would be a class that is lost.
    prior = -(batch_mean(p).clamp(min=1e-30) * logits.shape[1]).log().mean()
    entropies = -(p * log_p).sum(1)
    return fits + alpha * prior + beta * entropies


class JointOptimizationLoss(Criterion):
    """`labels` (N,): of the whole training set; it is these that count, not the targets of a step.
    `past` (window, N, K) keeps its predictions."""

    needs_step = True
    past: Tensor
    filled: Tensor  # () int64: epochs whose predictions are kept

    def __init__(
        self,
        labels: Tensor,
        num_classes: int,
        alpha: float = 1.2,
        beta: float = 0.8,
        start: float = 0.35,
        window: int = 10,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.alpha, self.beta, self.start = alpha, beta, start
        self.soft = SampleTable(one_hot_table(labels, num_classes))
        past = empty_table(len(labels), num_classes, labels.device, window)
        self.register_buffer("past", past.view(window, len(labels), num_classes))
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))
        self.now = SampleTable(torch.zeros_like(self.soft.rows), kept=False)
        self._updates = False

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        first = epoch_after(self.start, epochs)
        self._updates = epoch >= first
        return epoch == first + 1

    @torch.no_grad()
    def end_epoch(self) -> None:
        """Keeps the epoch's predictions, the oldest give way; then they make the soft labels."""
        self.now.end_epoch()
        self.past[int(self.filled) % len(self.past)].copy_(self.now.rows)
        self.filled += 1
        if self._updates:
            epochs = min(int(self.filled), len(self.past))
            self.soft.rows.copy_(self.past[:epochs].mean(0))

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        if self.learns:
            self.now.write(step.indices, torch.softmax(logits.detach(), 1))
        soft = self.soft.look_up(step.indices).to(logits.dtype)
        return joint_loss(logits, soft, self.alpha, self.beta)


class LearnedLabelsLoss(Criterion):
    """The second step: cross-entropy with each sample's soft label, `rows` (N, K)."""

    needs_step = True

    def __init__(self, rows: Tensor, **options: Any) -> None:
        super().__init__(**options)
        self.soft = SampleTable(rows)

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        soft = self.soft.look_up(step.indices).to(logits.dtype)
        return -(soft * torch.log_softmax(logits, 1)).sum(1)


def learned_labels(path: Path, labels: Tensor, num_classes: int, seed: int) -> Tensor:
    """(N, K) from the checkpoint of a first step on these labels; raises SpecError."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        rows, spec = state["criterion"]["soft.rows"], json.loads(state["spec"])
    except FileNotFoundError as error:
        raise _misfit(f"{path} does not exist on this worker; copy it there") from error
    except Exception as error:  # torch raises half a dozen kinds for a damaged file
        raise _misfit(
            f"{path} is no checkpoint of a run of joint_optimization ({type(error).__name__})"
        ) from error
    if rows.shape != (len(labels), num_classes):
        raise _misfit(
            f"{path} has {tuple(rows.shape)} samples and classes, this run "
            f"{(len(labels), num_classes)}; both steps need the same data and holdout"
        )
    if spec["eval_on"] == "holdout" and spec["seed"] != seed:
        raise _misfit(
            f"{path} is of seed {spec['seed']}, whose holdout is another one: train with that seed"
        )
    given = labels.cpu().numpy()
    if num_classes > 1 and agreement(rows.argmax(1).numpy(), given) < LEAST_AGREEMENT:
        raise _misfit(
            f"the labels in {path} agree with this run's hardly more than by chance: they seem to "
            "be of another order; both steps need the same data"
        )
    return rows.to(labels.device)


def build(method: JointOptimization, context: RunContext) -> nn.Module:
    labels, count = context.required_labels(), context.num_classes
    settings = method.model_dump(exclude={"name", "labels_file"})
    if not method.labels_file:
        return JointOptimizationLoss(labels, count, **settings)
    if context.files is None:  # resumed: they are in the run's own checkpoint
        return LearnedLabelsLoss(empty_table(len(labels), count, labels.device))
    path = context.files / method.labels_file
    return LearnedLabelsLoss(learned_labels(path, labels, count, context.seed))


def _misfit(message: str) -> SpecError:
    return SpecError([FieldError("method.labels_file", message)])
