"""The demo's three methods over several seeds: top-1 and calibration, mean and deviation.

    python -m benchmarks.bench_demo --seeds 3

Glyphs with 20% symmetric label noise, the dataset's own recipe, on this machine; the same spec as
`make demo`. Prints a Markdown table, and the command, hardware and commit that produced it.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
from pathlib import Path
from statistics import mean, stdev

import torch

from ols.spec.metrics import ACCURACY, CALIBRATION, MEMORISED
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer

METHODS = ("hard", "label_smoothing", "ols")
COLUMNS = (ACCURACY, CALIBRATION, MEMORISED)


def last_epoch(method: str, seed: int, data_dir: Path, epochs: int) -> dict[str, float]:
    """Metrics of the last epoch of one run."""
    spec = RunSpec.parse(
        {
            "method": method,
            "dataset": "glyphs",
            "noise": {"kind": "symmetric", "rate": 0.2},
            "epochs": epochs,
            "seed": seed,
        }
    )
    metrics: dict[str, float] = {}
    for report in Trainer(spec, data_dir=data_dir, threads=1):
        metrics = report.metrics
    return metrics


def cell(values: list[float]) -> str:
    """Mean and deviation in percent."""
    spread = f" ± {100 * stdev(values):.1f}" if len(values) > 1 else ""
    return f"{100 * mean(values):.1f}{spread}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--data-dir", type=Path, default=Path("data/datasets"))
    parser.add_argument("--out", type=Path, help="append one JSON line per run")
    args = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    print(f"torch {torch.__version__}, {platform.machine()}, 1 thread, commit {commit}")
    print(f"\n| method | top-1 % | ECE % | memorised wrong labels % | n = {args.seeds} seeds |")
    print("|---|---|---|---|---|")
    for method in METHODS:
        runs = [last_epoch(method, seed, args.data_dir, args.epochs) for seed in range(args.seeds)]
        if args.out:
            with args.out.open("a") as file:
                for seed, run in enumerate(runs):
                    line = {"method": method, "seed": seed} | {m: run[m] for m in COLUMNS}
                    file.write(json.dumps(line) + "\n")
        columns = [[run[name] for run in runs] for name in COLUMNS]
        print(f"| {method} | " + " | ".join(map(cell, columns)) + " | |", flush=True)


if __name__ == "__main__":
    main()
