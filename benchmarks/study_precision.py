"""Does bf16 on a CPU cost quality? The same runs in float32 and in bf16, over several seeds.

    python -m benchmarks.study_precision --seeds 3

Hard labels and OLS on digits and on glyphs with 20% symmetric label noise, on this machine, in one
thread. Prints a Markdown table: mean and deviation, and below each metric of bf16 the mean of the
paired differences from float32.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.over_seeds import cell, last_epoch, trainer
from ols.spec.metrics import ACCURACY, CALIBRATION, MEMORISED

SETTINGS: dict[str, dict[str, Any]] = {
    "digits": {"dataset": "digits"},
    "glyphs": {"dataset": {"name": "glyphs", "train_per_class": 100}, "epochs": 10},
}
METHODS = ("hard", "ols")
PRECISIONS = ("fp32", "bf16")
NLL = "val_nll"
COLUMNS = (ACCURACY, CALIBRATION, MEMORISED, NLL, "seconds")


def train(fields: dict[str, Any], data_dir: Path) -> dict[str, float]:
    """Metrics of the last epoch of one run, and the CPU seconds of all its epochs."""
    run = trainer(fields, data_dir)
    began = time.process_time()
    metrics = last_epoch(run)
    return {**metrics, "seconds": time.process_time() - began}


def cells(rows: list[dict[str, float]], sign: str = "") -> str:
    """Shares in percent."""
    how = {"seconds": (1, 1), NLL: (1, 3)}  # scale, digits
    texts = (cell([row[name] for row in rows], *how.get(name, (100, 1)), sign) for name in COLUMNS)
    return " | ".join(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--datasets", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--data-dir", type=Path, default=Path("data/datasets"))
    args = parser.parse_args()
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    print(f"torch {torch.__version__}, seeds {seeds[0]} to {seeds[-1]}\n")
    print("| run | top-1 % | ECE % | memorised wrong labels % | NLL | CPU seconds |")
    print("|---|---|---|---|---|---|")
    for dataset in args.datasets:
        for method in args.methods:
            runs: dict[str, list[dict[str, float]]] = {name: [] for name in PRECISIONS}
            for seed in seeds:
                for precision in PRECISIONS:
                    own = {"method": method, "seed": seed, "precision": precision}
                    noise = {"kind": "symmetric", "rate": 0.2}
                    fields = {**SETTINGS[dataset], **own, "noise": noise}
                    runs[precision].append(train(fields, args.data_dir))
            for precision, rows in runs.items():
                print(f"| {dataset}, {method}, {precision} | {cells(rows)} |")
            pairs = zip(*runs.values(), strict=True)
            apart = [{name: bf16[name] - fp32[name] for name in COLUMNS} for fp32, bf16 in pairs]
            print(f"| bf16 less fp32 | {cells(apart, '+')} |", flush=True)


if __name__ == "__main__":
    main()
