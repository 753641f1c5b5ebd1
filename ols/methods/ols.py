"""Online label smoothing (Zhang et al., IEEE TIP 2021, arXiv 2011.12562).

    loss(x, y) = alpha * -log p(y|x)  +  (1 - alpha) * -sum_k S[y, k] log p(k|x)

S (K x K, row y = soft label of target class y) is the mean softmax of the samples that the
network classified correctly in the epoch before. Use it like any loss, and close each epoch:

    criterion = OnlineLabelSmoothing(num_classes=100, alpha=0.5)
    for epoch in range(epochs):
        criterion.train()
        for images, targets in loader:
            loss = criterion(model(images), targets)
            ...
        criterion.end_epoch()

`state_dict` holds S and the running sums, so a checkpoint resumes exactly, mid-epoch too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn

from ols.methods.analytic_loss import AnalyticLoss
from ols.methods.criterion import RunContext
from ols.methods.initial_soft_labels import Initial, fill_initial, is_initial
from ols.methods.soft_label_statistics import SoftLabelStatistics, at_least_float32
from ols.methods.target_table import TargetTable
from ols.methods.targets import (
    Reduction,
    as_rows,
    check_range,
    check_shapes,
    dominant_labels,
    loss_shape,
    sum_of_weights,
)
from ols.spec.methods.ols import OnlineLabelSmoothing as OnlineLabelSmoothingSpec

EmptyClass = Literal["uniform", "keep", "zero"]


class OnlineLabelSmoothing(nn.Module):
    """The loss, its soft labels and the statistics of the running epoch.

    In training mode a call gathers the statistics, and its gradient is computed in closed form.
    Under `no_grad` and after `eval()` it gathers nothing; after `eval()` it can be differentiated
    any number of times, by autograd or torch.func. Logits of half precision are computed with in
    float32, under autocast too. A batch that is empty, or of which all targets equal
    `ignore_index`, costs 0.

    hard_weight, soft_weight: of the two terms, instead of alpha and 1 - alpha. weight (K,): class
    weights as in nn.CrossEntropyLoss, to which this loss is equal for alpha = 1 or for uniform S
    (label smoothing). `ignore_index=None` says that no target is ignored, which saves a GPU a few
    launches. Options beyond the paper: see the class of the same name in ols.spec.methods.

    Raises ValueError for a target outside [0, K) on the CPU. On a GPU such a target is a
    device-side assert, as in PyTorch's own losses: a Python error would cost a sync every step.
    """

    soft_labels: Tensor  # (K, K), row = target class
    epochs: Tensor  # () int64, closed epochs
    weight: Tensor | None  # (K,)

    def __init__(
        self,
        num_classes: int,
        alpha: float = 0.5,
        *,
        initial: Initial = "uniform",
        empty_class: EmptyClass = "uniform",
        counted: Literal["correct", "all"] = "correct",
        period: int = 1,
        temperature: float = 1.0,
        freeze_at: float | None = None,
        hard_weight: float | None = None,
        soft_weight: float | None = None,
        weight: Tensor | None = None,
        reduction: Reduction = "mean",
        ignore_index: int | None = -100,
    ) -> None:
        super().__init__()
        # The spec's class knows the ranges; building it here gives a library user its messages.
        OnlineLabelSmoothingSpec(
            alpha=alpha,
            initial=initial,
            empty_class=empty_class,
            counted=counted,
            period=period,
            temperature=temperature,
            freeze_at=freeze_at,
            hard_weight=hard_weight,
            soft_weight=soft_weight,
        )
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1, not {num_classes}")
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction must be mean, sum or none, not {reduction!r}")
        self.num_classes = num_classes
        self.alpha = alpha
        self.hard_weight = alpha if hard_weight is None else hard_weight
        self.soft_weight = 1.0 - alpha if soft_weight is None else soft_weight
        self.initial = initial
        self.empty_class = empty_class
        self.period = period
        self.freeze_at = freeze_at
        self.reduction = reduction
        self.ignore_index = ignore_index
        self.statistics = SoftLabelStatistics(num_classes, counted=counted, temperature=temperature)
        self.register_buffer("soft_labels", torch.empty(num_classes, num_classes))
        self.register_buffer("epochs", torch.zeros((), dtype=torch.int64))
        self.register_buffer("weight", _class_weights(weight, num_classes))
        self._table = TargetTable(
            self.hard_weight,
            self.soft_weight,
            ignore_index,
            steady=initial != "zeros" and empty_class != "zero",
        )
        self.register_load_state_dict_post_hook(_follow_loaded_state)
        self._start_from_s0()

    def reset_parameters(self) -> None:
        """Starts anew from S^0: for another run, or after `to_empty` has left the meta device."""
        self.statistics.reset_parameters()
        self._start_from_s0()

    def _start_from_s0(self) -> None:
        self.epochs.zero_()
        if not self.soft_labels.is_meta:
            fill_initial(self.soft_labels, self.initial)
        self._build_table()

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss: a scalar, or in the shape of the classes for `reduction="none"`.

        logits: (B, K) of any float type, (B, K, d1, ...) with a class at each place, or (K,).
        targets: int64 classes of that shape without K, or float of the logits' shape, for samples
        that Mixup or CutMix have mixed. The loss is linear in such a target; the statistics count
        a mixed sample for its dominant class (the first of equals), the less the more it is mixed
        (`unmixed_weights`).
        """
        check_shapes(logits, targets, self.num_classes)
        if logits.dim() != 2:
            loss = self.forward(*as_rows(logits, targets))
            return loss.view(loss_shape(logits)) if self.reduction == "none" else loss
        if not targets.numel():
            zero = logits.sum(1) * 0.0  # backward() accepts it
            return zero if self.reduction == "none" else zero.sum()
        if not self._gathers() or torch.compiler.is_compiling():
            return self._plain_loss(logits, targets)
        if torch._C._are_functorch_transforms_active():  # nothing public tells
            raise RuntimeError(
                "torch.func can't transform OnlineLabelSmoothing in training mode, which adds to "
                "its running sums; call criterion.eval() first"
            )
        # Past Module.__getattr__, which costs a hundredth of a small step.
        soft, weight = self._buffers["soft_labels"], self._buffers["weight"]
        assert soft is not None
        table, statistics = self._table.of(soft, weight), self._modules["statistics"]
        return AnalyticLoss.apply(logits, targets, table, statistics, self.reduction)

    @torch.no_grad()
    def end_epoch(self) -> None:
        """Turns the sums of the epoch (of `period` epochs) into the soft labels of the next.

        Under torch.distributed every process calls it: it adds up the sums of all of them, once.
        """
        self.epochs += 1
        if int(self.epochs) % self.period:
            self.statistics.reduce()
            return
        frozen = None if self.freeze_at is None else self.soft_labels.amax(1) >= self.freeze_at
        empty = {"uniform": 1.0 / self.num_classes, "zero": 0.0, "keep": None}[self.empty_class]
        self.statistics.close(self.soft_labels, empty, frozen)
        self._build_table()

    def extra_repr(self) -> str:
        return f"num_classes={self.num_classes}, alpha={self.alpha}, period={self.period}"

    def _plain_loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The equation as it stands, for autograd, torch.func and torch.compile."""
        z = logits.to(torch.promote_types(logits.dtype, self.soft_labels.dtype))
        log_p = torch.log_softmax(z, 1)
        labels, ignored = targets, None
        weighted = log_p if self.weight is None else log_p * self.weight
        if targets.is_floating_point():
            labels = dominant_labels(targets)
            hard = (targets * weighted).sum(1)
            with torch.autocast(logits.device.type, enabled=False):
                soft = targets.to(self.soft_labels.dtype) @ self.soft_labels
        else:
            if self.ignore_index is not None:
                ignored = targets.eq(self.ignore_index)
                labels = targets.masked_fill(ignored, 0)
            try:
                soft = self.soft_labels.index_select(0, labels)
            except IndexError:
                check_range(targets, self.num_classes, self.ignore_index)
                raise
            hard = weighted.gather(1, labels.unsqueeze(1)).squeeze(1)
        losses = -(self.hard_weight * hard + self.soft_weight * (soft * weighted).sum(1))
        if self._gathers():
            p = log_p.detach().exp()
            counted = targets.detach() if targets.is_floating_point() else labels
            self.statistics.add_with_losses(z.detach(), p, counted, losses.detach(), ignored)
        if ignored is not None:
            losses = losses.masked_fill(ignored, 0.0)
        if self.reduction == "none":
            return losses
        if self.reduction == "sum":
            return losses.sum()
        return losses.sum() / sum_of_weights(targets, labels, ignored, self.weight)

    def _gathers(self) -> bool:
        """Not under no_grad: a validation that forgot eval() must not teach its labels."""
        return self.training and torch.is_grad_enabled()

    def _build_table(self) -> None:
        self._table.build(self.soft_labels, self.weight)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        before = self.soft_labels
        super()._apply(at_least_float32(fn), recurse)
        # 1 / K rounded to float32 is not 1 / K in float64.
        changed = not before.is_meta and before.dtype != self.soft_labels.dtype
        if changed and is_initial(before, self.initial):
            fill_initial(self.soft_labels, self.initial)
        self._build_table()
        return self


def build(method: OnlineLabelSmoothingSpec, context: RunContext) -> OnlineLabelSmoothing:
    # A dataset's labels are checked when it is loaded, so no target can be ignored or wrong.
    return OnlineLabelSmoothing(
        context.num_classes, **method.model_dump(exclude={"name"}), ignore_index=None
    )


def _follow_loaded_state(criterion: OnlineLabelSmoothing, _: Any) -> None:
    criterion._build_table()


def _class_weights(weight: Tensor | None, num_classes: int) -> Tensor | None:
    if weight is None:
        return None
    weight = torch.as_tensor(weight).detach().float()
    if weight.shape != (num_classes,):
        raise ValueError(f"weight must have shape ({num_classes},), not {tuple(weight.shape)}")
    if not (weight.isfinite() & (weight >= 0)).all():
        raise ValueError("weight must be finite and not negative")
    return weight
