"""An independent float64 reference of the loss, and what tests of it share."""

from __future__ import annotations

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from ols.methods.criterion import Step

SAMPLES = 60
SYNCS = ("_local_scalar_dense", "nonzero", "masked_select")  # the host waits for a GPU


def batch(size: int, classes: int, seed: int = 0, dtype=torch.float32):
    """Logits (B, K) that require grad and targets (B,)."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(size, classes, generator=generator, dtype=torch.float64).to(dtype)
    targets = torch.randint(classes, (size,), generator=generator)
    # Half of the samples are right, so that classes get hits whatever K is.
    logits[torch.arange(0, size, 2), targets[::2]] += 5
    return logits.requires_grad_(), targets


def images_of(indices, classes):
    """(B, K): the images of a training set of SAMPLES whose network answers with the image."""
    generator = torch.Generator().manual_seed(7)
    return torch.randn(SAMPLES, classes, generator=generator)[indices]


def mixed_targets(targets, classes, share=0.7):
    """As Mixup gives them: each target with the one before it."""
    one_hot = torch.nn.functional.one_hot(targets, classes).float()
    return share * one_hot + (1 - share) * one_hot.roll(1, 0)


def reference_log_softmax(logits):
    z = logits.detach().double().numpy()
    z = z - z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def reference_losses(logits, mixed, soft, hard_weight, soft_weight, class_weights=None):
    """The equation for each sample (B,), in float64 NumPy; `mixed` (B, K) may be one-hot."""
    log_p = reference_log_softmax(logits)
    if class_weights is not None:
        log_p = log_p * np.asarray(class_weights, dtype=np.float64)
    q = mixed.double().numpy()
    hard = -(q * log_p).sum(1)
    return hard_weight * hard - soft_weight * ((q @ soft) * log_p).sum(1)


def reference_loss(logits, targets, soft, alpha):
    """Mean loss for targets (B,)."""
    one_hot = torch.nn.functional.one_hot(targets, len(soft))
    return reference_losses(logits, one_hot, soft, alpha, 1 - alpha).mean()


def reference_soft_labels(batches, classes):
    """The paper's loop over samples, in float64."""
    sums = np.zeros((classes, classes))
    for logits, targets in batches:
        p = np.exp(reference_log_softmax(logits))
        for row, y in zip(p, targets.tolist(), strict=True):
            if row.argmax() == y:
                sums[y] += row
    totals = sums.sum(1, keepdims=True)
    return np.where(totals > 0, sums / np.where(totals > 0, totals, 1), 1 / classes)


class CountCalls(TorchDispatchMode):
    """Names of the aten calls made inside the block."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.calls.append(func._schema.name.removeprefix("aten::"))
        return func(*args, **(kwargs or {}))

    @property
    def syncs(self) -> list[str]:
        return [call for call in self.calls if call in SYNCS]


def one_hot(targets, classes):
    """Float64 NumPy (B, K)."""
    return np.eye(classes)[targets.numpy()]


def cross_entropy_of(logits, targets):
    """Mean over the batch, in float64 NumPy."""
    log_p = reference_log_softmax(logits)
    return -log_p[np.arange(len(targets)), targets.numpy()].mean()


def close(loss, expected, tolerance=1e-5):
    """A float32 loss, or the mean of some, against a float64 reference."""
    allowed = tolerance * max(1.0, abs(expected))
    assert abs(loss.mean().item() - expected) <= allowed, (loss, expected)


def step_of(indices, images=None):
    """A Step of these samples."""
    indices = torch.as_tensor(indices)
    return Step(indices, torch.zeros(len(indices), 1) if images is None else images)
