"""What a GPU shows in eight minutes: tests/gpu, then how fast a training step is.

    python -m scripts.gpu_check [--out FILE] [--device cuda] [--seconds 2]      (make gpu-check)

For a machine that is lent: it needs torch, torchvision, pydantic and Pillow, and no network, no
FastAPI, no Celery. Writes one JSON line per measurement to FILE and prints them as a table: images
per second of a whole step (forward, loss, backward, SGD) on random images that lie on the device,
for hard labels and OLS in turns. Exits with 1 when a test failed. With `--device cpu` it tries
itself out: one small network, no tests.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import unittest
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from ols.methods import build_criterion
from ols.methods.criterion import Step, begin_epoch, compute_loss
from ols.models import build_model
from ols.spec.run_spec import RunSpec
from ols.training.precision import choose_precision
from ols.training.runtime import choose_device, device_name

METHODS = ("hard", "ols")
ROUNDS = 3


@dataclass(frozen=True)
class Case:
    """A network on random images of (batch, 3, side, side)."""

    model: str
    batch: int
    side: int
    classes: int


ON_GPU = (
    Case("small_cnn", 128, 32, 100),
    Case("cifar_resnet18", 128, 32, 100),
    Case("cifar_resnet18", 1024, 32, 100),
    Case("resnet50", 128, 224, 1000),
)
ON_CPU = (Case("small_cnn", 4, 32, 100),)


@dataclass(frozen=True)
class Speed:
    """Of one network with both methods: the fastest round of each, in images per second."""

    model: str
    batch: int
    side: int
    precision: str
    hard: float
    ols: float
    memory: int  # bytes, at most, of the device

    def line(self) -> str:
        """A row of the table."""
        return (
            f"| {self.model}, {self.batch} x {self.side} px | {self.precision} | {self.hard:,.0f} "
            f"| {self.ols:,.0f} | {self.hard / self.ols:.3f} | {self.memory / 2**30:.2f} |"
        )


def stepper(case: Case, method: str, device: torch.device, precision: str) -> Callable[[], None]:
    """One training step as the trainer does it, without data and statistics."""
    spec = RunSpec.parse({"method": method, "model": case.model, "precision": precision})
    model = build_model(spec.model, 3, case.classes, case.side)
    model = model.to(device).to(memory_format=torch.channels_last).train()
    criterion = build_criterion(spec.method, case.classes).to(device).train()
    begin_epoch(criterion, 1, 1, model)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=5e-4)
    images = torch.randn(case.batch, 3, case.side, case.side, device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.randint(case.classes, (case.batch,), device=device)
    step = Step(torch.arange(case.batch, device=device), images)
    chosen = choose_precision(precision, device)

    def train() -> None:
        with chosen.autocast():
            logits = model(images)
        loss = compute_loss(criterion, logits.float(), labels, step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return train


def measure(case: Case, device: torch.device, precision: str, seconds: float) -> Speed:
    """Both methods in turns, each for `seconds` per round; the fastest round counts."""
    on_gpu = device.type == "cuda"
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    steppers = {method: stepper(case, method, device, precision) for method in METHODS}
    rates = dict.fromkeys(METHODS, 0.0)
    for train in steppers.values():
        for _ in range(10 if on_gpu else 1):
            train()  # cuDNN chooses its algorithms, the allocator its blocks
    for _ in range(ROUNDS):
        for method, train in steppers.items():
            wait()
            began, images = time.perf_counter(), 0
            while time.perf_counter() - began < seconds:
                for _ in range(20 if on_gpu else 1):
                    train()
                    images += case.batch
                wait()
            rates[method] = max(rates[method], images / (time.perf_counter() - began))
    memory = torch.cuda.max_memory_allocated() if on_gpu else 0
    return Speed(case.model, case.batch, case.side, precision, rates["hard"], rates["ols"], memory)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="a JSON line per measurement goes there")
    parser.add_argument("--device", default="cuda", help="cpu: only to try this script")
    parser.add_argument("--seconds", type=float, default=2.0, help="per method and round")
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        print("No GPU here; --device cpu tries the script itself.", file=sys.stderr)
        return 2
    device = choose_device(given.device)
    on_gpu = device.type == "cuda"
    print(f"torch {torch.__version__}, Python {sys.version.split()[0]}, {device_name(device)}")
    passed = True
    if on_gpu:
        tests = unittest.defaultTestLoader.loadTestsFromName("tests.gpu.test_gpu")
        passed = unittest.TextTestRunner(verbosity=2).run(tests).wasSuccessful()
    print(
        "| step | precision | hard, images/s | OLS | hard / OLS | GiB |\n|---|---|---|---|---|---|"
    )
    for case in ON_GPU if on_gpu else ON_CPU:
        for precision in ("bf16", "fp32") if on_gpu else ("fp32",):
            speed = measure(case, device, precision, given.seconds)
            print(speed.line(), flush=True)
            if given.out:
                with given.out.open("a") as file:
                    file.write(json.dumps(asdict(speed)) + "\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
