"""What benchmarks/bench_methods.py measured: mean and deviation over the seeds, for the pages.

Beside the comparison itself (methods.jsonl): runs of other settings that try to explain a result
(methods_tried.jsonl), and what we make of it in words (methods_findings.toml).
"""

from __future__ import annotations

import json
import statistics
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "methods.jsonl"
TRIED = RESULTS.with_name("methods_tried.jsonl")
FINDINGS = RESULTS.with_name("methods_findings.toml")
BESIDE = ("hard", "label_smoothing", "ols")  # what a method is shown beside

Run = dict[str, Any]  # a line of the files


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

    @property
    def seeds(self) -> str:
        """How many a cell is the mean of: "3 seeds", "1 to 3 seeds"."""
        counts = {cell.seeds for _, cells in self.rows for cell in cells if cell}
        low, high = min(counts, default=0), max(counts, default=0)
        text = f"{low} seed" if low == high else f"{low} to {high} seed"
        return text if high == 1 else text + "s"


def tables(method: str, path: Path = RESULTS) -> list[Table]:
    """Results of a method beside the three that everybody knows; none where it was not run."""
    tables_by_dataset = []
    for dataset, runs in read(path).items():
        names = list(dict.fromkeys([*BESIDE, method]))
        if not any(run["method"] == method for run in runs):
            continue
        rates = sorted({run["noise"] for run in runs})
        rows = [(name, [_cell(runs, name, rate) for rate in rates]) for name in names]
        tables_by_dataset.append(Table(dataset, runs[0]["setting"], rates, rows))
    return tables_by_dataset


def all_tables(path: Path = RESULTS) -> list[Table]:
    """Every method that was run, a table for each dataset."""
    tables_by_dataset = []
    for dataset, runs in read(path).items():
        rates = sorted({run["noise"] for run in runs})
        names = dict.fromkeys(run["method"] for run in runs)
        rows = [(name, [_cell(runs, name, rate) for rate in rates]) for name in names]
        tables_by_dataset.append(Table(dataset, runs[0]["setting"], rates, rows))
    return tables_by_dataset


def tried(method: str, path: Path = TRIED, results: Path = RESULTS) -> list[Table]:
    """A method under other settings, on the same seeds: first as it was measured, then each of
    them, with hard labels where they were tried alike. Rows say what was changed."""
    tables_by_dataset = []
    for dataset, runs in read(path).items():
        mine = [run for run in runs if run["method"] == method]
        if not mine:
            continue
        rates = sorted({run["noise"] for run in mine})
        seeds = {run["seed"] for run in mine}
        plain = [run for run in read(results).get(dataset, []) if run["seed"] in seeds]
        rows = [("as above", [_cell(plain, method, rate) for rate in rates])]
        for change in dict.fromkeys(_change(run) for run in mine):
            alike = [run for run in runs if _change(run) == change]
            for name in dict.fromkeys([method, "hard"]):
                if any(run["method"] == name for run in alike):
                    label = change if name == method else f"hard labels, {change}"
                    rows.append((label, [_cell(alike, name, rate) for rate in rates]))
        tables_by_dataset.append(Table(dataset, mine[0]["setting"], rates, rows))
    return tables_by_dataset


def finding(method: str, path: Path = FINDINGS) -> str:
    """What we make of a method's results, in words; "general" is of all. Empty: nothing to say."""
    return " ".join(_findings(path).get(method, "").split())


@cache
def _findings(path: Path) -> dict[str, str]:
    return tomllib.loads(path.read_text()) if path.exists() else {}


def _change(run: Run) -> str:
    """`epochs=60, method.q=0.3`"""
    return ", ".join(f"{name}={value:g}" for name, value in run["changed"].items())


@cache
def read(path: Path) -> dict[str, list[Run]]:
    """Runs by dataset, in the file's order, without those that diverged."""
    runs_by_dataset: dict[str, list[Run]] = defaultdict(list)
    if path.exists():
        for line in path.read_text().splitlines():
            run = json.loads(line)
            if "val_top1" in run:  # else it diverged
                runs_by_dataset[run["dataset"]].append(run)
    return runs_by_dataset


def _cell(runs: list[Run], method: str, rate: float) -> Cell | None:
    mine = [run for run in runs if (run["method"], run["noise"]) == (method, rate)]
    if not mine:
        return None
    top1 = [run["val_top1"] for run in mine]
    deviation = statistics.stdev(top1) if len(top1) > 1 else None
    ece = statistics.mean(run["val_ece"] for run in mine)
    return Cell(statistics.mean(top1), deviation, ece, len(top1))
