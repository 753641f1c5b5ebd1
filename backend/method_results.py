"""What benchmarks/bench_methods.py measured: mean and deviation over the seeds, for the pages."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results" / "methods.jsonl"
BESIDE = ("hard", "label_smoothing", "ols")  # what a method is shown beside


@dataclass(frozen=True)
class Cell:
    """Top-1 and ECE on the validation set after the last epoch, as fractions."""

    top1: float
    deviation: float | None  # of top1, None for one seed
    ece: float
    seeds: int


@dataclass(frozen=True)
class Table:
    """A dataset's results: `rows` are methods, `rates` label noise, cells None where not run."""

    dataset: str
    setting: str
    rates: list[float]
    rows: list[tuple[str, list[Cell | None]]]


def tables(method: str, path: Path = RESULTS) -> list[Table]:
    """Results of a method beside the three that everybody knows; none where it was not run."""
    found = []
    for dataset, runs in _read(path).items():
        names = list(dict.fromkeys([*BESIDE, method]))
        if not any(run["method"] == method for run in runs):
            continue
        rates = sorted({run["noise"] for run in runs})
        rows = [(name, [_cell(runs, name, rate) for rate in rates]) for name in names]
        found.append(Table(dataset, runs[0]["setting"], rates, rows))
    return found


@cache
def _read(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Runs by dataset, in the file's order."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if path.exists():
        for line in path.read_text().splitlines():
            run = json.loads(line)
            if "val_top1" in run:  # else it diverged
                found[run["dataset"]].append(run)
    return found


def _cell(runs: list[dict[str, Any]], method: str, rate: float) -> Cell | None:
    mine = [run for run in runs if (run["method"], run["noise"]) == (method, rate)]
    if not mine:
        return None
    top1 = [run["val_top1"] for run in mine]
    deviation = statistics.stdev(top1) if len(top1) > 1 else None
    ece = statistics.mean(run["val_ece"] for run in mine)
    return Cell(statistics.mean(top1), deviation, ece, len(top1))
