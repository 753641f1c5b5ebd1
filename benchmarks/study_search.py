"""What a search saves: recorded grids, searches simulated over them, and real searches on each.

    python -m benchmarks.study_search docs/results/searches [LAB_FOLDER]

The grids are trained by a worker of a lab of its own (LAB_FOLDER, by default a temporary one) and
kept in FOLDER; what is there is not trained again, also where RUNS_PER_SETTING has grown. Then
README.md is written anew (benchmarks/search_page.py).
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from sqlalchemy import select

from backend.store import experiments, search_results, search_standing
from backend.store.tables import Epoch, Run
from benchmarks import search_page
from benchmarks.small_lab import SmallLab
from ols.search.judge import gives_up
from ols.search.propose import propose
from ols.search.tried import Tried
from ols.spec.search import Halving
from ols.spec.sweep import Sweep

METRIC = "val_top1"
OBJECTIVES = ("last", "best")
SHARE = 0.3  # of the grid's epochs, which a search may train
SEEDS = range(10)  # of the simulated searches; what a search does was chosen on seeds 100 to 119
# Of a search's epochs, where it sees one run per setting; the others are for more runs of its best
# settings, which then are compared by all their runs.
ON_ONE_SEED = 0.6
NOISE = {"kind": "symmetric", "rate": 0.4}
SPECS: dict[str, dict[str, Any]] = {
    "digits": {
        "dataset": "digits",
        "noise": NOISE,
        "model": {"name": "small_cnn", "width": 8},
        "epochs": 18,
        "precision": "fp32",
        "keep_matrices": 1000,
    },
    "glyphs": {
        "dataset": {"name": "glyphs", "train_per_class": 100, "test_per_class": 30},
        "noise": NOISE,
        "model": {"name": "small_cnn", "width": 16},
        "batch_size": 64,
        "optimizer": {"name": "adamw", "lr": 0.005},
        "epochs": 10,
        "precision": "fp32",
        "keep_matrices": 1000,
    },
}
SPACES = ("steps", "ranges")  # of the real searches: the grid's values, and all between them
RUNS_PER_SETTING = {"digits": 2, "glyphs": 4}
STEPS = {"method.alpha": 21, "method.epsilon": 19}  # of 0.05, from 0

Curve = list[float]  # of every epoch
Curves = dict[str, Curve]  # by the setting's name
Runs = dict[str, list[Curve]]  # likewise, by seed


@dataclass(frozen=True)
class Grid:
    """Settings that are recorded, each with as many runs."""

    title: str
    data: str  # a key of SPECS
    step: int  # in units of 0.05
    runs: Runs

    @property
    def seeds(self) -> int:
        """Runs per setting."""
        return len(next(iter(self.runs.values())))

    @property
    def epochs(self) -> int:
        """Of all runs."""
        return SPECS[self.data]["epochs"] * len(self.runs) * self.seeds

    @cached_property
    def curves(self) -> Curves:
        """Each setting's mean over its runs."""
        return {
            name: [round(mean(values), 5) for values in zip(*curves, strict=True)]
            for name, curves in self.runs.items()
        }

    def final(self, name: str, at: str) -> float:
        """What a setting came to."""
        return final(self.curves[name], at)

    def standard_error(self, at: str) -> float | None:
        """Of a setting's mean, without what a seed does to all settings alike; None of one run."""
        if self.seeds == 1:
            return None
        ends = np.array([[final(curve, at) for curve in runs] for runs in self.runs.values()])
        left = ends - ends.mean(0) - ends.mean(1, keepdims=True) + ends.mean()
        variance = (left**2).sum() / ((len(ends) - 1) * (self.seeds - 1))
        return float(np.sqrt(variance / self.seeds))

    def top(self, at: str) -> float:
        return max(self.final(name, at) for name in self.runs)


@dataclass(frozen=True)
class Strategy:
    """`changes`: what of a search is not as by default. `again`: see ON_ONE_SEED."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False


BY_DEFAULT = Strategy()


def main() -> None:
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        lab = SmallLab(Path(sys.argv[2] if len(sys.argv) > 2 else temporary))
        recorded = {data: record(folder / f"{data}.json", lab, data) for data in SPECS}
        grids = grids_of(recorded)
        simulated = [
            {"grid": grid.title, "at": at, "strategy": name, **simulate(grid, seed, at, strategy)}
            for grid in grids
            for at in OBJECTIVES
            for name, strategy in strategies(grid).items()
            for seed in SEEDS
        ]
        lines = ",\n".join(map(json.dumps, simulated))
        (folder / "simulated.json").write_text(f"[\n{lines}\n]\n")
        real = {
            (data, space): real_search(folder / f"{data}-{space}.json", lab, data, space)
            for data in SPECS
            for space in SPACES
        }
    (folder / "README.md").write_text(search_page.page(grids, simulated, real))


def save(file: Path, results: Any) -> None:
    """As JSON, a setting per line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(re.sub(r"\n {2,}", " ", json.dumps(results, indent=1)) + "\n")


def grids_of(recorded: Mapping[str, Runs]) -> list[Grid]:
    """Both data sets, and digits as it was searched before: steps of 0.1, one run per setting."""
    coarse = set(names(2))
    first = {name: runs[:1] for name, runs in recorded["digits"].items() if name in coarse}
    return [
        *(Grid(data, data, 1, runs) for data, runs in recorded.items()),
        Grid("digits, coarse, one run per setting", "digits", 2, first),
    ]


def strategies(grid: Grid) -> dict[str, Strategy]:
    """By name."""
    first = Halving().first(SPECS[grid.data]["epochs"])
    early = {"halving": {"first_epoch": first}}
    at_random = {"search": "random", "pruner": "none"}
    every = {
        "TPE + ASHA, the best again": Strategy(again=True),
        "at random, the best again": Strategy(at_random, again=True),
        "TPE + ASHA": BY_DEFAULT,
        "TPE + ASHA early": Strategy(early),
        "TPE alone": Strategy({"pruner": "none"}),
        "at random": Strategy(at_random),
    }
    return {name: each for name, each in every.items() if grid.seeds > 1 or not each.again}


def values(step: int) -> dict[str, list[Any]]:
    """The lists of a grid, whose steps are so many times 0.05."""
    numbers = {
        path: [round(0.05 * place, 2) for place in range(0, count, step)]
        for path, count in STEPS.items()
    }
    return {"method": ["ols", "label_smoothing"], **numbers}


def names(step: int) -> list[str]:
    grid = values(step)
    return [name_of("ols", alpha) for alpha in grid["method.alpha"]] + [
        name_of("label_smoothing", epsilon) for epsilon in grid["method.epsilon"]
    ]


def name_of(method: str, number: float) -> str:
    """`ols 0.35`"""
    return f"{method} {number:g}"


def record(file: Path, lab: SmallLab, data: str) -> Runs:
    """The curves of each setting's runs, by seed; those that the file lacks are trained."""
    curves: Runs = {name: [] for name in names(1)}
    if file.exists():
        curves = json.loads(file.read_text())
    for seed in range(min(map(len, curves.values())), RUNS_PER_SETTING[data]):
        for name, curve in train_grid(lab, data, seed).items():
            curves[name].append(curve)
        save(file, curves)
    return curves


def train_grid(lab: SmallLab, data: str, seed: int) -> Curves:
    """One run of every setting."""
    sweep = Sweep.parse({"spec": SPECS[data] | {"seed": seed}, "grid": values(1)})
    with lab.database.write() as session:
        number = experiments.submit(session, sweep, name=data).id
    lab.train()
    with lab.database.read() as session:
        specs = select(Run.id, Run.spec).where(Run.experiment_id == number).order_by(Run.id)
        epoch = select(Epoch.metrics[METRIC].as_float()).order_by(Epoch.epoch)
        curves: Curves = {}
        for run_id, spec in session.execute(specs).all():
            method = spec["method"]
            number = method["alpha" if method["name"] == "ols" else "epsilon"]
            curve = session.scalars(epoch.where(Epoch.run_id == run_id))
            curves[name_of(method["name"], number)] = [round(value, 5) for value in curve]
    return curves


def simulate(grid: Grid, seed: int, at: str, strategy: Strategy = BY_DEFAULT) -> dict[str, Any]:
    """One search over what was recorded; nothing begins that could exceed its share."""
    body = {
        "spec": SPECS[grid.data],
        "grid": values(grid.step),
        "search": "tpe",
        "pruner": "asha",
        "objective": {"metric": METRIC, "at": at},
        "budget": {"runs": len(grid.runs) // 2},
        "seed": seed,
    }
    sweep = Sweep.parse(body | dict(strategy.changes))
    allowed = int(SHARE * grid.epochs)
    if strategy.again:
        curves = {name: runs[seed % grid.seeds] for name, runs in grid.runs.items()}
        tried, epochs = _search(sweep, curves, int(ON_ONE_SEED * allowed))
        more = (grid.seeds - 1) * SPECS[grid.data]["epochs"]
        compared = _ended(tried)[: (allowed - epochs) // more]
        epochs += len(compared) * more
    else:
        tried, epochs = _search(sweep, grid.curves, allowed // grid.seeds)
        compared = _ended(tried)
        epochs *= grid.seeds
    best = max(compared, key=lambda name: grid.final(name, at))
    return {"seed": seed, "setting": best, "value": grid.final(best, at),
            "settings": len(tried), "to_the_end": len(_ended(tried)), "compared": len(compared),
            "epochs": epochs}  # fmt: skip


def _search(sweep: Sweep, curves: Curves, allowed: int) -> tuple[list[Tried], int]:
    """What was tried, and the epochs that it took."""
    length = len(next(iter(curves.values())))
    tried: list[Tried] = []
    epochs = 0
    while epochs + length <= allowed:
        setting = propose(sweep, tried)
        if setting is None:  # all are tried
            break
        trained, last = _train(sweep, tried, setting, curves[_name(setting)])
        tried.append(last)
        epochs += trained
    return tried, epochs


def _ended(tried: Sequence[Tried]) -> list[str]:
    """The settings that trained to their end, the best first."""
    ended = [
        (each.value or 0, _name(each.combination)) for each in tried if each.state == "complete"
    ]
    return [name for _, name in sorted(ended, key=lambda pair: -pair[0])]


def _train(
    sweep: Sweep, before: list[Tried], setting: Mapping[str, Any], curve: Curve
) -> tuple[int, Tried]:
    """The epochs that a setting trains until it is given up or ends, and what it came to."""
    there: dict[int, float] = {}
    for epoch in sweep.rungs(len(curve)):
        there[epoch] = final(curve[:epoch], sweep.goal.at)
        if gives_up(sweep, [*before, Tried(setting, at_rungs=there)], len(before), epoch):
            return epoch, Tried(setting, "pruned", there[epoch], there)
    return len(curve), Tried(setting, "complete", final(curve, sweep.goal.at), there)


def final(curve: Curve, at: str) -> float:
    """What a setting came to."""
    return max(curve) if at == "best" else curve[-1]


def _name(setting: Mapping[str, Any]) -> str:
    key = "method.alpha" if setting["method"] == "ols" else "method.epsilon"
    return name_of(setting["method"], setting[key])


def real_search(file: Path, lab: SmallLab, data: str, space: str) -> dict[str, Any]:
    """By the last epoch, as by default; made where the file lacks."""
    if not file.exists():
        save(file, search(lab, data, space))
    result: dict[str, Any] = json.loads(file.read_text())
    return result


def search(lab: SmallLab, data: str, space: str) -> dict[str, Any]:
    """On one seed; then its best settings on the others."""
    length, seeds = SPECS[data]["epochs"], RUNS_PER_SETTING[data]
    allowed = int(SHARE * length * len(names(1)) * seeds)
    lists = values(1)
    ranges = {path: {"low": lists[path][0], "high": lists[path][-1]} for path in STEPS}
    body = {
        "spec": SPECS[data],
        "grid": lists if space == "steps" else lists | ranges,
        "search": "tpe",
        "pruner": "asha",
        "objective": {"metric": METRIC},
        "budget": {"runs": int(ON_ONE_SEED * allowed / (0.9 * length))},  # pruning saves a tenth
    }
    sweep = Sweep.parse(body)
    with lab.database.write() as session:
        number = experiments.submit(session, sweep, name=f"search {data}, {space}").id
    lab.train()
    with lab.database.write() as session:
        rows = search_standing.trials(session, number, sweep)
        epochs = sum(row.epoch for row in rows)
        compared = (allowed - epochs) // ((seeds - 1) * length)
        again = search_results.confirm(session, number, None, compared, seeds - 1)
        epochs += len(again) * (seeds - 1) * length
    lab.train()
    with lab.database.read() as session:
        confirmed = search_results.read(session, number)["confirmations"]
    first = {row.number: row for row in rows}
    means = {
        each["trial"]: mean([first[each["trial"]].value(sweep) or 0, *each["values"]])
        for each in confirmed
    }
    best = max(means, key=lambda trial: means[trial])
    return {
        "setting": _name(first[best].combination),
        "value": means[best],
        "settings": len(rows),
        "to_the_end": sum(row.state == "complete" for row in rows),
        "compared": len(confirmed),
        "epochs": epochs,
    }


if __name__ == "__main__":
    main()
