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
from typing import Any

import torch

from benchmarks.over_seeds import cell, last_epoch, trainer
from ols.spec.metrics import ACCURACY, CALIBRATION, MEMORISED

METHODS = ("hard", "label_smoothing", "ols")
COLUMNS = (ACCURACY, CALIBRATION, MEMORISED)


def fields(method: str, seed: int, epochs: int) -> dict[str, Any]:
    """The spec of one run."""
    noise = {"kind": "symmetric", "rate": 0.2}
    named = {"method": method, "dataset": "glyphs", "noise": noise}
    return {**named, "epochs": epochs, "seed": seed}


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
        runs = [
            last_epoch(trainer(fields(method, seed, args.epochs), args.data_dir))
            for seed in range(args.seeds)
        ]
        if args.out:
            with args.out.open("a") as file:
                for seed, run in enumerate(runs):
                    line = {"method": method, "seed": seed} | {m: run[m] for m in COLUMNS}
                    file.write(json.dumps(line) + "\n")
        columns = [[run[name] for run in runs] for name in COLUMNS]
        print(f"| {method} | " + " | ".join(map(cell, columns)) + " | |", flush=True)


if __name__ == "__main__":
    main()
