"""What the OLS loss costs a training step, as a ratio to nn.CrossEntropyLoss in the same round.

    python -m benchmarks.bench_loss

Forward + backward + accumulation of S, one thread. Each loss takes turns with cross-entropy, and
both count with their fastest round: identical code swings by a quarter between single rounds.
"hard" is cross-entropy against itself. The last three columns are how public implementations
compute it, rewritten.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ols import OnlineLabelSmoothing

SHAPES = ((128, 10), (128, 100), (64, 200), (256, 1000))
ROUNDS = 80
REPEATS = 20

Loss = Callable[[Tensor, Tensor], Tensor]


class PublicWay(nn.Module):
    """What public implementations share: both terms by themselves, S indexed by target."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.supervise = torch.full((num_classes, num_classes), 1 / num_classes)
        self.sums = torch.zeros(num_classes, num_classes)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        log_p = torch.log_softmax(logits, 1)
        with torch.no_grad():
            self.accumulate(log_p.exp(), targets)
        soft = -(self.soft_targets(targets) * log_p).sum(1).mean()
        return 0.5 * nn.functional.cross_entropy(logits, targets) + 0.5 * soft

    def soft_targets(self, targets: Tensor) -> Tensor:
        return self.supervise[targets]

    def accumulate(self, p: Tensor, targets: Tensor) -> None:
        raise NotImplementedError


class LoopOverSamples(PublicWay):
    """The authors' code: three values read back for each sample."""

    def accumulate(self, p: Tensor, targets: Tensor) -> None:
        predicted = p.argmax(1)
        for i in range(len(targets)):
            if predicted[i].item() == targets[i].item():
                self.sums[int(targets[i].item())] += p[i]


class OneSamplePerClass(PublicWay):
    """Kurumi233's: assignment through an index, which loses every duplicate class."""

    def accumulate(self, p: Tensor, targets: Tensor) -> None:
        hit = p.argmax(1) == targets
        self.sums[targets[hit]] += p[hit]


class Columns(PublicWay):
    """ankandrew's: targets as columns, hits selected by a mask."""

    def soft_targets(self, targets: Tensor) -> Tensor:
        return self.supervise.index_select(1, targets).t()

    def accumulate(self, p: Tensor, targets: Tensor) -> None:
        predicted = p.argmax(1)
        hit = predicted == targets
        self.sums.index_add_(1, predicted[hit], p[hit].t())


def seconds(loss: Loss, logits: Tensor, targets: Tensor, repeats: int) -> float:
    """Wall seconds of one forward and backward, averaged over `repeats`."""
    start = time.perf_counter()
    for _ in range(repeats):
        logits.grad = None
        loss(logits, targets).backward()
    return (time.perf_counter() - start) / repeats


def compare(batch: int, classes: int) -> dict[str, tuple[float, float]]:
    """Name -> fastest round in seconds, and its ratio to the fastest of cross-entropy's beside."""
    torch.manual_seed(0)
    targets = torch.randint(classes, (batch,))
    # Two thirds of the samples are predicted correctly, as in the middle of a training run.
    boost = 4 * nn.functional.one_hot(targets, classes) * (torch.rand(batch, 1) < 0.67)
    logits = (torch.randn(batch, classes) + boost).requires_grad_()
    losses: dict[str, Loss] = {
        "hard": nn.CrossEntropyLoss(),
        "label smoothing": nn.CrossEntropyLoss(label_smoothing=0.1),
        "ols": OnlineLabelSmoothing(classes),
        "official": LoopOverSamples(classes),
        "Kurumi233": OneSamplePerClass(classes),
        "ankandrew": Columns(classes),
    }
    base, ratios = nn.CrossEntropyLoss(), {}
    for name, loss in losses.items():
        rounds, repeats = (8, 1) if name == "official" else (ROUNDS, REPEATS)
        pairs = [
            (seconds(base, logits, targets, REPEATS), seconds(loss, logits, targets, repeats))
            for _ in range(rounds)
        ]
        hard, took = (min(times) for times in zip(*pairs, strict=True))
        ratios[name] = took, took / hard
    return ratios


def main() -> None:
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, 1 thread; ratio to cross-entropy (microseconds)\n")
    for shape in SHAPES:
        ratios = compare(*shape)
        if shape == SHAPES[0]:
            print("| (batch, K) | " + " | ".join(ratios) + " |")
            print("|---" * (len(ratios) + 1) + "|")
        cells = (f"{ratio:.2f}x ({took * 1e6:.0f})" for took, ratio in ratios.values())
        print(f"| {shape} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
