"""Every method on glyphs and Fashion-MNIST at 0, 20, 40 and 60% symmetric label noise.

    python benchmarks/bench_methods.py                     # all that is missing, cheapest first
    python benchmarks/bench_methods.py --dataset glyphs --seeds 1 --method ols --method elr
    python benchmarks/bench_methods.py --list              # what is missing
    python benchmarks/bench_methods.py --dataset glyphs --seeds 1 --method gce --set epochs=60

Each run is a line of benchmarks/results/methods.jsonl as soon as it has ended; what stands there is
not run again, so the command may be stopped and started at any time. The setting is small, for one
CPU core: glyphs with 40 training and 20 test images per class, and of Fashion-MNIST a fixed 1,500
training and 1,000 test images; both the small CNN, 15 epochs without augmentation, SGD 0.1 with
Nesterov, cosine, batch 64. Methods have their own papers' settings, mostly for CIFAR-100: what
comes out is how they do untuned. Top-1 is that after the last epoch.

With --set the spec is another one (`method.q=0.3`, `optimizer.lr=0.01`): such runs try to explain a
result, say what was `changed`, and are lines of methods_tried.jsonl.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from ols.data.dataset import Dataset
from ols.data.loading import load_dataset
from ols.spec.catalogue import METHODS
from ols.spec.metrics import shown
from ols.spec.run_spec import RunSpec
from ols.training import run_data
from ols.training.trainer import Trainer

RESULTS = Path(__file__).parent / "results" / "methods.jsonl"
TRIED = RESULTS.with_name("methods_tried.jsonl")
RATES = (0.0, 0.2, 0.4, 0.6)
DATASETS: dict[str, dict[str, Any]] = {
    "glyphs": {"name": "glyphs", "train_per_class": 40, "test_per_class": 20},
    "fashion_mnist": {"name": "fashion_mnist"},
}
TRAINING = {"epochs": 15, "batch_size": 64, "augment": {"shift": 0, "flip": False}}
SETTINGS = {
    "glyphs": "40 training and 20 test images per class, 15 epochs, small CNN",
    "fashion_mnist": "1,500 training and 1,000 test images, 15 epochs, small CNN",
}
KEPT = [each.name for each in shown("compare")]
TRAIN, TEST = 1500, 1000  # of Fashion-MNIST


def wanted(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """All runs asked for, a whole comparison for each seed before the next seed."""
    for seed in range(options.seeds):
        for dataset in options.dataset or DATASETS:
            for rate in options.rate or RATES:
                for method in options.method or [entry.name for entry in METHODS]:
                    run = {"dataset": dataset, "method": method, "noise": rate, "seed": seed}
                    yield run | ({"changed": options.set} if options.set else {})


def missing(options: argparse.Namespace) -> list[dict[str, Any]]:
    done = [json.loads(line) for line in _lines(options.results)]
    keys = {_key(run) for run in done}
    return [run for run in wanted(options) if _key(run) not in keys]


def spec_of(run: dict[str, Any]) -> RunSpec:
    fields = {
        **TRAINING,
        "dataset": DATASETS[run["dataset"]],
        "method": {"name": run["method"]},
        "optimizer": {"name": "sgd"},
        "seed": run["seed"],
    }
    if run["noise"]:
        fields["noise"] = {"kind": "symmetric", "rate": run["noise"]}
    for path, value in run.get("changed", {}).items():
        part, _, name = path.rpartition(".")
        (fields.setdefault(part, {}) if part else fields)[name] = value
    return RunSpec.parse(fields)


def measure(run: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Trains it; raises what the trainer raises."""
    started = time.monotonic()
    with mock.patch.object(run_data, "load_dataset", load_subset):
        trainer = Trainer(spec_of(run), data_dir=options.data_dir, threads=options.threads)
    reports = list(trainer)
    last = reports[-1].metrics
    best = max(report.metrics["val_top1"] for report in reports)
    if trainer.spec.eval_on == "holdout":  # what a method needs; the others' test set is measured
        tested = {name.replace("test_", "val_", 1): last[name] for name in last if "test_" in name}
        last, best = {**last, **tested}, last["test_best_top1"]
    return {
        **run,
        "setting": SETTINGS[run["dataset"]],
        **{name: round(last[name], 5) for name in KEPT if name in last},
        "best_top1": round(best, 5),
        "seconds": round(time.monotonic() - started, 1),
        "device": trainer.info.device_name,
        "threads": trainer.threads,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "commit": options.commit,
    }


def load_subset(part: Any, data_dir: Path) -> Dataset:
    """Fashion-MNIST's first images of a fixed permutation; other datasets whole."""
    data = load_dataset(part, data_dir)
    if part.name != "fashion_mnist":
        return data
    generator = torch.Generator().manual_seed(0)
    train, test = (
        split.select(torch.randperm(len(split), generator=generator)[:count])
        for split, count in ((data.train, TRAIN), (data.test, TEST))
    )
    return Dataset(data.name, data.classes, train, test, data.mean, data.std)


def main() -> None:
    options = _options()
    todo = missing(options)
    print(f"{len(todo)} runs are missing of {len(list(wanted(options)))}")
    if options.list:
        for run in todo:
            print(run)
        return
    for number, run in enumerate(todo, start=1):
        try:
            line = measure(run, options)
        except Exception as error:  # a method that diverges is a result too: the others continue
            line = {**run, "setting": SETTINGS[run["dataset"]], "error": str(error)}
        options.results.parent.mkdir(exist_ok=True)
        with options.results.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{number}/{len(todo)} {json.dumps(line)}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--dataset", action="append", choices=list(DATASETS))
    parser.add_argument("--method", action="append", choices=[entry.name for entry in METHODS])
    parser.add_argument("--rate", action="append", type=float)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data-dir", type=Path, default=Path("data/datasets"))
    parser.add_argument("--results", type=Path)
    parser.add_argument("--set", action="append", type=_setting, metavar="PATH=VALUE", default=[])
    parser.add_argument("--list", action="store_true", help="only say what is missing")
    options = parser.parse_args()
    options.set = dict(options.set)
    options.results = options.results or (TRIED if options.set else RESULTS)
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    options.commit = done.stdout.strip()
    return options


def _setting(text: str) -> tuple[str, Any]:
    path, _, value = text.partition("=")
    return path, json.loads(value)


def _key(run: dict[str, Any]) -> tuple[str, str, float, int, str]:
    changed = json.dumps(run.get("changed", {}), sort_keys=True)
    return run["dataset"], run["method"], run["noise"], run["seed"], changed


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
