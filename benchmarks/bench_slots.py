"""Two runs side by side on a CPU, or one after the other?

    python -m benchmarks.bench_slots [--runs 4] [--epochs 4]

Runs on glyphs, one thread each, by a worker with one slot (the baseline) and with two: seconds from
the first run's start to the last one's end.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median

from sqlalchemy import select

from backend.store.requests import submit
from backend.store.tables import Run
from benchmarks.small_lab import SmallLab
from ols.spec.run_spec import RunSpec


def train(slots: int, runs: int, epochs: int, datasets: Path) -> float:
    """Seconds for all runs, from the first one's start."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "datasets").symlink_to(datasets)  # rendered once
        lab = SmallLab(Path(folder), slots)
        for seed in range(runs):
            spec = {"method": "ols", "dataset": "glyphs", "epochs": epochs, "seed": seed}
            with lab.database.write() as session:
                submit(session, name=None, tags=[], spec=RunSpec.parse(spec))
        lab.train()
        with lab.database.read() as session:
            trained = list(session.scalars(select(Run)))
        assert [run.state for run in trained] == ["finished"] * runs
        began = min(run.started_at for run in trained if run.started_at)
        return (max(run.finished_at for run in trained if run.finished_at) - began).total_seconds()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    taken: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as datasets:
        train(1, 1, 1, Path(datasets))
        for _ in range(given.rounds):
            for slots, seconds in taken.items():
                seconds.append(train(slots, given.runs, given.epochs, Path(datasets)))
    print(f"{given.runs} runs of {given.epochs} epochs, load {os.getloadavg()[0]:.1f}")
    for slots, seconds in taken.items():
        share = median(seconds) / median(taken[1])
        print(f"  {slots} slot{'s' * (slots > 1)}: {median(seconds):.1f} s ({share:.2f}x)")


if __name__ == "__main__":
    main()
