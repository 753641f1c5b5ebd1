"""What the OLS loss costs a training step, as a ratio to nn.CrossEntropyLoss in the same round.

    python -m benchmarks.bench_loss

Forward + backward + accumulation of S, one thread. Rounds are interleaved and each loss counts
with its fastest round: identical code swings by a quarter between single rounds. The loop over
samples is how the authors' public code accumulates, rewritten.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ols import OnlineLabelSmoothing

SHAPES = ((128, 10), (128, 100), (64, 200), (256, 1000))
ROUNDS = 40
REPEATS = 20

Loss = Callable[[Tensor, Tensor], Tensor]


class LoopedOls(nn.Module):
    """The straightforward way: index S by target, then one addition a sample."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.supervise = torch.full((num_classes, num_classes), 1 / num_classes)
        self.sums = torch.zeros(num_classes, num_classes)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        with torch.no_grad():
            probabilities = torch.softmax(logits, 1)
            predicted = probabilities.argmax(1)
            for i in range(len(targets)):
                if predicted[i].item() == targets[i].item():
                    self.sums[targets[i].item()] += probabilities[i]
        soft = -(self.supervise[targets] * torch.log_softmax(logits, 1)).sum(1).mean()
        return 0.5 * nn.functional.cross_entropy(logits, targets) + 0.5 * soft


def seconds(loss: Loss, logits: Tensor, targets: Tensor, repeats: int) -> float:
    """Wall seconds of one forward and backward, averaged over `repeats`."""
    start = time.perf_counter()
    for _ in range(repeats):
        logits.grad = None
        loss(logits, targets).backward()
    return (time.perf_counter() - start) / repeats


def compare(batch: int, classes: int) -> dict[str, float]:
    """Name -> fastest round in seconds."""
    torch.manual_seed(0)
    targets = torch.randint(classes, (batch,))
    # Two thirds of the samples are predicted correctly, as in the middle of a training run.
    boost = 4 * nn.functional.one_hot(targets, classes) * (torch.rand(batch, 1) < 0.67)
    logits = (torch.randn(batch, classes) + boost).requires_grad_()
    losses: dict[str, Loss] = {
        "cross-entropy": nn.CrossEntropyLoss(),
        "label smoothing": nn.CrossEntropyLoss(label_smoothing=0.1),
        "ols": OnlineLabelSmoothing(classes),
        "ols, loop over samples": LoopedOls(classes),
    }
    best = dict.fromkeys(losses, float("inf"))
    for round_ in range(ROUNDS):
        for name, loss in losses.items():
            looped = name.endswith("samples")
            if looped and round_ % 10:
                continue
            took = seconds(loss, logits, targets, 1 if looped else REPEATS)
            best[name] = min(best[name], took)
    return best


def main() -> None:
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, 1 thread; ratio to cross-entropy (microseconds)")
    for shape in SHAPES:
        best = compare(*shape)
        base = best["cross-entropy"]
        row = ", ".join(f"{name} {t / base:.2f}x ({t * 1e6:.0f})" for name, t in best.items())
        print(f"{shape}: {row}")


if __name__ == "__main__":
    main()
