"""Writes benchmarks/results/methods.md from the lines that bench_methods.py left.

    python -m scripts.method_report                      # methods.jsonl -> methods.md
    python -m scripts.method_report --take FILE          # first copy FILE's whole seeds

A seed is whole where every method was run at every rate of a dataset: methods are then compared on
the same seeds. A test compares the file with what this makes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from backend.analysis.method_results import RESULTS, Run, all_tables, finding, read
from benchmarks.bench_methods import RATES
from ols.spec.catalogue import METHODS
from scripts.method_pages import caption, explained, grid

REPORT = RESULTS.with_suffix(".md")


def report() -> str:
    """The whole file as Markdown."""
    titles = {entry.name: entry.title for entry in METHODS}
    explanations = {name: explained(name) for name in titles}
    parts = [
        "# Every method at four rates of label noise",
        "Written by `python -m scripts.method_report` from methods.jsonl, one line per run.",
        finding("hardware"),
        *ran_with(),
        *(f"{caption(table)}\n\n{grid(table)}" for table in all_tables()),
        "## What came out",
        finding("general"),
        "## Looked into",
        *(
            "\n\n".join([f"### {titles[name]} (`{name}`)", *texts])
            for name, texts in explanations.items()
            if texts
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def ran_with() -> list[str]:
    """Software and commits of the runs, as the lines have them."""
    runs = [run for lines in read(RESULTS).values() for run in lines]
    names = ("device", "threads", "torch", "python", "commit")
    values = [f"{name} {', '.join(_different(runs, name))}" for name in names]
    return [f"{len(runs)} runs; {'; '.join(values)}."] if runs else []


def whole_seeds(runs: list[Run]) -> list[Run]:
    """Those runs of each dataset whose seed has every method at every rate."""
    whole = {(entry.name, rate) for entry in METHODS for rate in RATES}
    done: dict[tuple[str, int], set[tuple[str, float]]] = {}
    for run in runs:
        done.setdefault((run["dataset"], run["seed"]), set()).add((run["method"], run["noise"]))
    return [run for run in runs if done[run["dataset"], run["seed"]] == whole]


def take(source: Path, target: Path = RESULTS) -> None:
    """Writes the whole seeds of `source`."""
    runs = [json.loads(line) for line in source.read_text().splitlines()]
    target.write_text("".join(json.dumps(run) + "\n" for run in whole_seeds(runs)))


def _different(runs: Iterable[Run], name: str) -> list[str]:
    return list(dict.fromkeys(str(run[name]) for run in runs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--take", type=Path, help="a file of lines; bench_methods may still be writing it"
    )
    options = parser.parse_args()
    if options.take:
        take(options.take)
    REPORT.write_text(report())


if __name__ == "__main__":
    main()
