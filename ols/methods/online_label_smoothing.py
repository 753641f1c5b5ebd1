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
from ols.methods.criterion import Setting
from ols.methods.initial_soft_labels import Initial, fill_initial, is_initial
from ols.methods.soft_label_statistics import (
    SoftLabelStatistics,
    at_least_float32,
    unmixed_weights,
)
from ols.methods.targets import as_rows, check_range, check_shapes, dominant_labels, loss_shape
from ols.spec.methods import smoothing

EmptyClass = Literal["uniform", "keep", "zero"]
Reduction = Literal["mean", "sum", "none"]

TABLE_CLASSES = 4096  # up to so many each class's target is kept: 64 MB


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
        smoothing.OnlineLabelSmoothing(
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
        self._table: Tensor | None = None
        self._shares: dict[int, tuple[Tensor, Tensor]] = {}
        self._infinity = torch.tensor(torch.inf)
        self.register_load_state_dict_post_hook(_follow_loaded_state)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Starts anew from S^0: for another run, or after `to_empty` has left the meta device."""
        if not self.soft_labels.is_meta:
            fill_initial(self.soft_labels, self.initial)
        self.epochs.zero_()
        self.statistics.reset_parameters()
        self._follow_soft_labels()

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss: a scalar, or in the shape of the classes for `reduction="none"`.

        logits: (B, K) of any float type, (B, K, d1, ...) with a class at each place, or (K,).
        targets: int64 classes of that shape without K, or float of the logits' shape, for samples
        that Mixup or CutMix have mixed. The loss is linear in such a target; the statistics count
        a mixed sample for its dominant class (the first of equals), the less the more it is mixed:
        see `unmixed_weights`.
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
        return AnalyticLoss.apply(logits, targets, self)

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
        self.statistics.close(self.soft_labels, self._empty_value(), frozen)
        self._follow_soft_labels()

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
            detached = losses.detach()
            p = log_p.detach().exp()
            self._gather(z.detach(), p, targets.detach(), labels, detached, ignored)
        if ignored is not None:
            losses = losses.masked_fill(ignored, 0.0)
        if self.reduction == "none":
            return losses
        total = losses.sum()
        return total if self.reduction == "sum" else total / self._divisor(targets, labels, ignored)

    def _gathers(self) -> bool:
        """Not under no_grad: a validation that forgot eval() must not teach its labels."""
        return self.training and torch.is_grad_enabled()

    def _gather(
        self,
        z: Tensor,
        p: Tensor,
        targets: Tensor,
        labels: Tensor,
        row_losses: Tensor,
        ignored: Tensor | None,
    ) -> None:
        """Hands a batch to the statistics, without the rows that must not count."""
        # A row's loss is finite exactly when its logits are, and is K times smaller to test.
        usable = row_losses.lt(self._infinity)
        if ignored is not None:
            usable = usable.logical_and_(ignored.logical_not())
        weights = unmixed_weights(targets.amax(1)) if targets.is_floating_point() else None
        statistics: SoftLabelStatistics = self._modules["statistics"]  # type: ignore[assignment]
        statistics.add(z, p, labels, usable, weights)

    def _equal_shares(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """1/B as a vector (B,) and as a scalar, kept: their product with losses is the mean."""
        count = len(losses)
        kept = self._shares.get(count)
        if kept is None or kept[0].dtype != losses.dtype:
            shares = torch.full_like(losses, 1.0 / count)
            self._shares[count] = kept = (shares, shares[0])
        return kept

    def _divisor(self, targets: Tensor, labels: Tensor, ignored: Tensor | None) -> Tensor | int:
        """What the sum of the losses is divided by for their mean: samples, or their weights."""
        if self.weight is None:
            return len(labels) if ignored is None else (len(labels) - ignored.sum()).clamp(min=1)
        if targets.is_floating_point():
            total = (targets * self.weight).sum()
        else:
            weights = self.weight.index_select(0, labels)
            total = (weights if ignored is None else weights.masked_fill(ignored, 0.0)).sum()
        return torch.where(total > 0, total, 1.0)

    def _empty_value(self) -> float | None:
        """What a row without a hit is filled with; None: it stays as it is."""
        return {"uniform": 1.0 / self.num_classes, "zero": 0.0, "keep": None}[self.empty_class]

    # -- the targets of AnalyticLoss ------------------------------------------------------------

    def _negated_targets(self, labels: Tensor) -> Tensor:
        """The distributions (B, K) that both terms together ask for, of classes (B,) or of mixed
        targets (B, K). Negated: their product with log p is the loss, the sum with p the gradient.

        Kept for each class until S changes, by whatever: the end of an epoch, load_state_dict,
        `to`, or hand. So a step is one look-up.
        """
        soft = self._buffers["soft_labels"]  # Module.__getattr__ costs a hundredth of a small step
        if self._followed is not soft or self._followed_version != soft._version:
            self._follow_soft_labels()
        rows = self._rows_of(labels, self.soft_labels if self._table is None else self._table)
        if self._table is not None:
            return rows
        rows *= -self.soft_weight
        if labels.is_floating_point():
            rows.sub_(labels, alpha=self.hard_weight)
        else:
            hard = rows.new_full((len(rows), 1), -self.hard_weight)
            rows.scatter_add_(1, labels.unsqueeze(1), hard)
        return rows if self.weight is None else rows.mul_(self.weight)

    @staticmethod
    def _rows_of(labels: Tensor, matrix: Tensor) -> Tensor:
        if not labels.is_floating_point():
            return matrix.index_select(0, labels)
        # Autocast would multiply in half precision.
        with torch.autocast(labels.device.type, enabled=False):
            return labels.to(matrix.dtype) @ matrix

    @torch.no_grad()
    def _follow_soft_labels(self) -> None:
        soft = self.soft_labels
        self._followed, self._followed_version = soft, soft._version
        if soft.is_meta:
            return
        # Most targets sum to 1, which spares a step two calls. Asked here, once an epoch; a
        # captured CUDA graph must not rely on it where it can change from epoch to epoch.
        sums = self._target_sums(soft)
        steady = self.initial != "zeros" and self.empty_class != "zero"
        rounding = 16 * torch.finfo(sums.dtype).eps
        self._sums_to_one = steady and torch.allclose(sums, torch.ones_like(sums), 0, rounding)
        # On a CPU index_select fails on an ignored target as on a wrong one; they are told apart
        # then, and not every step.
        inside = self.ignore_index is not None and 0 <= self.ignore_index < self.num_classes
        self._range_is_checked = soft.device.type == "cpu" and not inside
        if self._infinity.device != soft.device:
            # A Python scalar would be turned into a tensor every step.
            self._infinity = torch.tensor(torch.inf, device=soft.device)
        self._keep_table(soft)

    def _target_sums(self, soft: Tensor) -> Tensor:
        """(K,): what each class's target sums to."""
        if self.weight is None:
            return self.hard_weight + self.soft_weight * soft.sum(1)
        return self.hard_weight * self.weight + self.soft_weight * (soft @ self.weight)

    def _keep_table(self, soft: Tensor) -> None:
        if self.num_classes > TABLE_CLASSES:
            return
        table = soft * -self.soft_weight
        table.diagonal().sub_(self.hard_weight)
        if self.weight is not None:
            table *= self.weight
        if self._table is not None and _alike(self._table, table):
            self._table.copy_(table)  # in place: a captured CUDA graph reads from the same address
            return
        self._table = table
        self._shares = {}

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        before = self.soft_labels
        super()._apply(at_least_float32(fn), recurse)
        # 1 / K rounded to float32 is not 1 / K in float64.
        changed = not before.is_meta and before.dtype != self.soft_labels.dtype
        if changed and is_initial(before, self.initial):
            fill_initial(self.soft_labels, self.initial)
        self._follow_soft_labels()
        return self


def build(method: smoothing.OnlineLabelSmoothing, setting: Setting) -> OnlineLabelSmoothing:
    # A dataset's labels are checked when it is loaded, so no target can be ignored or wrong.
    return OnlineLabelSmoothing(
        setting.num_classes, **method.model_dump(exclude={"name"}), ignore_index=None
    )


def _follow_loaded_state(criterion: OnlineLabelSmoothing, _: Any) -> None:
    criterion._follow_soft_labels()


def _alike(one: Tensor, other: Tensor) -> bool:
    return (one.dtype, one.device) == (other.dtype, other.device)


def _class_weights(weight: Tensor | None, num_classes: int) -> Tensor | None:
    if weight is None:
        return None
    weight = torch.as_tensor(weight).detach().float()
    if weight.shape != (num_classes,):
        raise ValueError(f"weight must have shape ({num_classes},), not {tuple(weight.shape)}")
    if not (weight.isfinite() & (weight >= 0)).all():
        raise ValueError("weight must be finite and not negative")
    return weight
