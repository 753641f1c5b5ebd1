"""What OLS costs a whole training step (forward, loss, backward, optimiser) against hard labels.

    python -m benchmarks.bench_step

One thread. The baseline is the trainer's own step with nn.CrossEntropyLoss and without the
statistics that the lab records for every method. Steps are interleaved; the ratio is that of the
fastest ones, and the median of neighbours' ratios stands beside it. "same" is the baseline against
itself: how far the machine's noise alone goes.
"""

from __future__ import annotations

import statistics
import time

import torch

from ols.data.batches import Batch
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer

STEPS = {"small_cnn": 300, "cifar_resnet18": 6}


def make(method: str, model: str) -> Trainer:
    """A trainer on Fashion-MNIST-sized images, without the lab's statistics."""
    spec = {"method": method, "dataset": "glyphs", "model": model, "epochs": 1}
    trainer = Trainer(RunSpec.parse(spec), threads=1)
    trainer._watch.update = lambda *_: None  # type: ignore[method-assign]
    trainer.model.train()
    return trainer


def seconds(trainer: Trainer, batch: Batch) -> float:
    start = time.perf_counter()
    trainer._step(batch)
    return time.perf_counter() - start


def main() -> None:
    print(f"torch {torch.__version__}, 1 thread, batch 128 of 1 x 28 x 28, K = 62\n")
    print("| model | hard, ms | OLS / hard, fastest | median | same / hard, fastest | median |")
    print("|---|---|---|---|---|---|")
    for model, steps in STEPS.items():
        trainers = {"hard": make("hard", model), "ols": make("ols", model)}
        trainers["same"] = make("hard", model)
        batch = next(iter(trainers["hard"]._batches))
        times: dict[str, list[float]] = {name: [] for name in trainers}
        for _ in range(3):
            for trainer in trainers.values():
                trainer._step(batch)  # the optimiser's state, caches
        order = list(trainers)
        for _ in range(steps):
            order.reverse()  # what ran before leaves its traces in the caches
            for name in order:
                times[name].append(seconds(trainers[name], batch))
        base = times["hard"]
        cells = [f"{min(base) * 1e3:.1f}"]
        for name in ("ols", "same"):
            pairs = [mine / hard for mine, hard in zip(times[name], base, strict=True)]
            cells += [f"{min(times[name]) / min(base):.4f}", f"{statistics.median(pairs):.4f}"]
        print(f"| {model} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
