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

from ols import spec_parts
from ols.methods.soft_label_statistics import SoftLabelStatistics, at_least_float32

Initial = Literal["uniform", "zeros", "label_smoothing", "identity"]
EmptyClass = Literal["uniform", "keep", "zero"]


class OnlineLabelSmoothing(nn.Module):
    """The loss, its soft labels and the statistics of the running epoch.

    Statistics are gathered in training mode only; call `eval()` to measure a loss without them.
    Logits of half precision are computed with in float32. A batch that is empty, or of which all
    targets equal `ignore_index`, costs 0. `ignore_index=None` says that no target is ignored,
    which saves a GPU a few launches. Options beyond the paper: see the class of the same name in
    ols.spec_parts.

    Raises ValueError for a target outside [0, K) on the CPU. On a GPU such a target is a
    device-side assert, as in PyTorch's own losses: a Python error would cost a sync every step.
    """

    soft_labels: Tensor  # (K, K), row = target class
    epochs: Tensor  # () int64, closed epochs
    _infinity: Tensor  # (), on the device: a Python scalar is turned into a tensor every step

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
        ignore_index: int | None = -100,
    ) -> None:
        super().__init__()
        # The spec's class knows the ranges; building it here gives a library user its messages.
        _check(
            num_classes,
            alpha=alpha,
            initial=initial,
            empty_class=empty_class,
            counted=counted,
            period=period,
            temperature=temperature,
            freeze_at=freeze_at,
        )
        self.num_classes = num_classes
        self.alpha = alpha
        self.initial = initial
        self.empty_class = empty_class
        self.period = period
        self.freeze_at = freeze_at
        self.ignore_index = ignore_index
        self.statistics = SoftLabelStatistics(num_classes, counted=counted, temperature=temperature)
        self.register_buffer("soft_labels", torch.empty(num_classes, num_classes))
        self.soft_labels.copy_(self._initial_soft_labels())
        self.register_buffer("epochs", torch.zeros((), dtype=torch.int64))
        self.register_buffer("_infinity", torch.tensor(torch.inf), persistent=False)
        self._build_table(self.soft_labels)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean loss, a scalar. logits (B, K) of any float type, targets (B,) int64."""
        self._check_shapes(logits, targets)
        if not len(targets):
            return logits.sum() * 0.0  # a zero that backward() accepts
        return _AnalyticLoss.apply(logits, targets, self)

    @torch.no_grad()
    def end_epoch(self) -> None:
        """Turns the sums of the epoch (of `period` epochs) into the soft labels of the next."""
        self.epochs += 1
        if int(self.epochs) % self.period:
            return
        learned = self.statistics.close(self._empty_rows())
        if self.freeze_at is not None:
            frozen = self.soft_labels.amax(1, keepdim=True) >= self.freeze_at
            learned = torch.where(frozen, self.soft_labels, learned)
        self.soft_labels.copy_(learned)
        self._build_table(self.soft_labels)

    def extra_repr(self) -> str:
        return f"num_classes={self.num_classes}, alpha={self.alpha}, period={self.period}"

    def _rows(self, targets: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Negated targets (B, K), labels with 0 for ignored ones, and the mask of those, if any."""
        if self._can_try_unmasked(targets):
            try:
                return self._target_table().index_select(0, targets), targets, None
            except (IndexError, RuntimeError):
                pass  # an ignored target or a wrong one: tell them apart below
        ignored = None
        if self.ignore_index is not None:
            ignored = targets.eq(self.ignore_index)
            targets = targets.masked_fill(ignored, 0)
        if targets.device.type == "cpu":
            self._check_range(targets)
        return self._target_table().index_select(0, targets), targets, ignored

    def _gather(
        self, z: Tensor, p: Tensor, targets: Tensor, row_losses: Tensor, ignored: Tensor | None
    ) -> None:
        """Hands a batch to the statistics, without the rows that must not count."""
        # A row's loss is finite exactly when its logits are, and is K times smaller to test.
        usable = row_losses.lt(self._infinity)
        if ignored is not None:
            usable = usable.logical_and_(ignored.logical_not())
        self.statistics.add(z, p, targets, usable)

    def _can_try_unmasked(self, targets: Tensor) -> bool:
        """On the CPU index_select checks the range anyway, and fails on an ignored target."""
        if self.ignore_index is None:
            return True
        return targets.device.type == "cpu" and not 0 <= self.ignore_index < self.num_classes

    def _check_range(self, targets: Tensor) -> None:
        wrong = (targets < 0) | (targets >= self.num_classes)
        if wrong.any():
            raise ValueError(
                f"target {int(targets[wrong][0])} is out of range: with {self.num_classes} classes "
                f"targets lie in [0, {self.num_classes - 1}]"
                + ("" if self.ignore_index is None else f" or equal {self.ignore_index}")
            )

    def _check_shapes(self, logits: Tensor, targets: Tensor) -> None:
        if logits.dim() != 2 or logits.shape[1] != self.num_classes:
            raise ValueError(
                f"logits must have shape (batch, {self.num_classes}), not {tuple(logits.shape)}"
            )
        if targets.dim() != 1 or targets.shape[0] != logits.shape[0]:
            raise ValueError(
                f"targets must have shape ({logits.shape[0]},), not {tuple(targets.shape)}"
            )
        if targets.dtype != torch.int64:
            raise ValueError(f"targets must be int64 class indices, not {targets.dtype}")

    def _empty_rows(self) -> Tensor:
        if self.empty_class == "keep":
            return self.soft_labels
        if self.empty_class == "zero":
            return torch.zeros_like(self.soft_labels)
        return torch.full_like(self.soft_labels, 1.0 / self.num_classes)

    def _target_table(self) -> Tensor:
        """The negated target of each class (K, K); both terms share it: a step is one look-up.

        Kept until S changes, by whatever: the end of an epoch, load_state_dict, `to`, or hand.
        """
        soft = self.soft_labels
        if self._table_source is not soft or self._table_version != soft._version:
            self._build_table(soft)
        return self._table

    @torch.no_grad()
    def _build_table(self, soft: Tensor) -> None:
        hard = torch.eye(self.num_classes, dtype=soft.dtype, device=soft.device)
        target = self.alpha * hard + (1.0 - self.alpha) * soft
        # Negated, the product with log p is the loss and the sum with p is the gradient.
        self._table = -target
        # Rows of zeros in S leave targets that do not sum to 1. Asked here, once an epoch.
        sums = target.sum(1)
        self._sums_to_one = bool(torch.allclose(sums, torch.ones_like(sums), rtol=0, atol=1e-5))
        self._table_source, self._table_version = soft, soft._version

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        untouched = torch.equal(self.soft_labels, self._initial_soft_labels())
        super()._apply(at_least_float32(fn), recurse)
        if untouched:  # 1 / K rounded to float32 is not 1 / K in float64
            self.soft_labels = self._initial_soft_labels()
        return self

    def _initial_soft_labels(self) -> Tensor:
        """S^0 in the buffer's own type and place: what supervises the first epoch."""
        soft = self.soft_labels
        flat = torch.full_like(soft, 1.0 / self.num_classes)
        one_hot = torch.eye(self.num_classes, dtype=soft.dtype, device=soft.device)
        if self.initial == "zeros":
            return torch.zeros_like(soft)
        if self.initial == "identity":
            return one_hot
        return 0.9 * one_hot + 0.1 * flat if self.initial == "label_smoothing" else flat


class _AnalyticLoss(torch.autograd.Function):
    """-sum_k target[k] log p(k), averaged, with its gradient p * sum(target) - target.

    Autograd would go back through log_softmax, the product and the sums one by one. Here the
    gradient is a by-product of the forward pass, and one B x K tensor is kept.
    """

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, targets: Tensor, criterion: OnlineLabelSmoothing
    ) -> Tensor:
        rows, targets, ignored = criterion._rows(targets)
        z = logits
        if z.dtype != rows.dtype:
            rows, z = _same_precision(rows, z)
        log_p = torch.log_softmax(z, 1)
        p = log_p.exp()
        row_losses = log_p.mul_(rows).sum(1)  # (B,)
        if criterion.training:
            criterion._gather(z, p, targets, row_losses, ignored)
        ctx.count = len(targets)
        if ignored is not None:
            row_losses.masked_fill_(ignored, 0.0)
            ctx.count = (ctx.count - ignored.sum()).clamp_(min=1)
        if not criterion._sums_to_one:
            p.mul_(rows.sum(1, keepdim=True).neg_())
        gradient = p.add_(rows)
        if ignored is not None:
            gradient.masked_fill_(ignored.unsqueeze(1), 0.0)
        # Neither input nor output, so it may lie on ctx; save_for_backward would cost more.
        ctx.gradient, ctx.dtype = gradient, logits.dtype
        return row_losses.mean() if ignored is None else row_losses.sum() / ctx.count

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor) -> tuple[Tensor, None, None]:
        # As once_differentiable would, which costs half as much as the whole loss.
        if torch.is_grad_enabled():
            raise RuntimeError("OnlineLabelSmoothing has no second derivative: no create_graph")
        return ctx.gradient.mul(grad_loss / ctx.count).to(ctx.dtype), None, None


def _same_precision(rows: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Half precision is computed with in float32, and a float64 on either side wins."""
    dtype = torch.promote_types(rows.dtype, logits.dtype)
    return rows.to(dtype), logits.to(dtype)


def build(method: spec_parts.OnlineLabelSmoothing, num_classes: int) -> OnlineLabelSmoothing:
    # A dataset's labels are checked when it is loaded, so no target can be ignored or wrong.
    return OnlineLabelSmoothing(
        num_classes, **method.model_dump(exclude={"name"}), ignore_index=None
    )


def _check(num_classes: int, **options: Any) -> None:
    if num_classes < 1:
        raise ValueError(f"num_classes must be at least 1, not {num_classes}")
    spec_parts.OnlineLabelSmoothing(**options)
