"""What a search saves: recorded grids, searches simulated over them, and one real search on each.

    python -m benchmarks.study_search docs/results/searches [LAB_FOLDER]

The grids are trained by a worker of a lab of its own (LAB_FOLDER, by default a temporary one) and
kept in FOLDER; what is there is not trained again. Then README.md is written anew
(benchmarks/search_page.py).
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

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
REAL_SETTINGS = 13  # of a real search, which come to at most 30%
NOISE = {"kind": "symmetric", "rate": 0.4}
SPECS: dict[str, dict[str, Any]] = {
    "digits": {
        "dataset": "digits",
        "noise": NOISE,
        "model": {"name": "small_cnn", "width": 8},
        "epochs": 18,
        "keep_matrices": 1000,
    },
    "glyphs": {
        "dataset": {"name": "glyphs", "train_per_class": 100, "test_per_class": 30},
        "noise": NOISE,
        "model": {"name": "small_cnn", "width": 16},
        "batch_size": 64,
        "optimizer": {"name": "adamw", "lr": 0.005},
        "epochs": 10,
        "keep_matrices": 1000,
    },
}
RUNS_PER_SETTING = {"digits": 2, "glyphs": 1}
STEPS = {"method.alpha": 21, "method.epsilon": 19}  # of 0.05, from 0

Curve = list[float]  # of every epoch
Curves = dict[str, Curve]  # by the setting's name


@dataclass(frozen=True)
class Grid:
    """Settings that are recorded; a setting's curve is the mean over its runs."""

    title: str
    data: str  # a key of SPECS
    step: int  # in units of 0.05
    curves: Curves

    @property
    def epochs(self) -> int:
        """Of all runs of one seed."""
        return sum(map(len, self.curves.values()))

    def top(self, at: str) -> float:
        return max(final(curve, at) for curve in self.curves.values())


def main() -> None:
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        lab = SmallLab(Path(sys.argv[2] if len(sys.argv) > 2 else temporary))
        recorded = {data: kept(folder / f"{data}.json", record, lab, data) for data in SPECS}
        grids = grids_of(recorded)
        simulated = [
            {"grid": grid.title, "at": at, "strategy": name, **simulate(grid, seed, at, changes)}
            for grid in grids
            for at in OBJECTIVES
            for name, changes in strategies(grid, at).items()
            for seed in SEEDS
        ]
        lines = ",\n".join(map(json.dumps, simulated))
        (folder / "simulated.json").write_text(f"[\n{lines}\n]\n")
        real = {data: kept(folder / f"{data}-real.json", search, lab, data) for data in SPECS}
    (folder / "README.md").write_text(search_page.page(grids, simulated, real))


def kept(file: Path, work: Callable[[SmallLab, str], Any], lab: SmallLab, data: str) -> Any:
    """What is in the file, worked out once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(work(lab, data), indent=1)
        file.write_text(re.sub(r"\n {2,}", " ", text) + "\n")  # a setting per line
    return json.loads(file.read_text())


def grids_of(recorded: Mapping[str, Mapping[str, list[Curve]]]) -> list[Grid]:
    """Both data sets, and digits as it was searched before: steps of 0.1, one run per setting."""
    digits = {name: [round(mean(at), 5) for at in zip(*runs, strict=True)]
              for name, runs in recorded["digits"].items()}  # fmt: skip
    coarse = set(names(2))
    first = {name: runs[0] for name, runs in recorded["digits"].items() if name in coarse}
    glyphs = {name: runs[0] for name, runs in recorded["glyphs"].items()}
    return [
        Grid("digits", "digits", 1, digits),
        Grid("glyphs", "glyphs", 1, glyphs),
        Grid("digits, coarse, one run per setting", "digits", 2, first),
    ]


def strategies(grid: Grid, at: str) -> dict[str, dict[str, Any]]:
    """Name -> what of the search is another one."""
    otherwise, late = ("late", True) if at == "best" else ("early", False)
    first = Halving().first(SPECS[grid.data]["epochs"], late)
    return {
        "TPE + ASHA, as by default": {},
        f"TPE + ASHA, compared {otherwise}": {"halving": {"first_epoch": first}},
        "TPE alone": {"pruner": "none"},
        "at random": {"search": "random", "pruner": "none"},
    }


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


def record(lab: SmallLab, data: str) -> dict[str, list[Curve]]:
    """The grid, trained: the curves of each setting's runs, by seed."""
    seeds = {"seed": list(range(RUNS_PER_SETTING[data]))}
    sweep = Sweep.parse({"spec": SPECS[data], "grid": seeds | values(1)})
    with lab.database.write() as session:
        number = experiments.submit(session, sweep, name=data).id
    lab.train()
    with lab.database.read() as session:
        specs = select(Run.id, Run.spec).where(Run.experiment_id == number).order_by(Run.id)
        epoch = select(Epoch.metrics[METRIC].as_float()).order_by(Epoch.epoch)
        curves: dict[str, list[Curve]] = {name: [] for name in names(1)}
        for run_id, spec in session.execute(specs).all():
            method = spec["method"]
            number = method["alpha" if method["name"] == "ols" else "epsilon"]
            curve = session.scalars(epoch.where(Epoch.run_id == run_id))
            curves[name_of(method["name"], number)].append([round(value, 5) for value in curve])
    return curves


def simulate(grid: Grid, seed: int, at: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """One search over what was recorded; no setting begins that could exceed its share."""
    body = {
        "spec": SPECS[grid.data],
        "grid": values(grid.step),
        "search": "tpe",
        "pruner": "asha",
        "objective": {"metric": METRIC, "at": at},
        "budget": {"runs": len(grid.curves) // 2},
        "seed": seed,
    }
    sweep = Sweep.parse(body | dict(changes))
    length = SPECS[grid.data]["epochs"]
    allowed = int(SHARE * grid.epochs)
    tried: list[Tried] = []
    epochs = 0
    while epochs + length <= allowed:
        setting = propose(sweep, tried)
        if setting is None:  # all are tried
            break
        trained, last = _train(sweep, tried, setting, grid.curves[_name(setting)])
        tried.append(last)
        epochs += trained
    ended = [each for each in tried if each.state == "complete"]
    best = max(ended, key=lambda each: each.value or 0)
    return {"seed": seed, "setting": _name(best.combination), "value": best.value,
            "settings": len(tried), "to_the_end": len(ended), "epochs": epochs}  # fmt: skip


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


def search(lab: SmallLab, data: str) -> dict[str, Any]:
    """A real one by the last epoch, as by default, over ranges instead of lists."""
    lists = values(1)
    ranges = {path: {"low": lists[path][0], "high": lists[path][-1]} for path in STEPS}
    seeds = RUNS_PER_SETTING[data]
    body = {
        "spec": SPECS[data],
        "grid": {"method": lists["method"], **ranges},
        "search": "tpe",
        "pruner": "asha",
        "objective": {"metric": METRIC, "seeds": seeds},
        "budget": {"runs": REAL_SETTINGS * seeds},
    }
    sweep = Sweep.parse(body)
    with lab.database.write() as session:
        number = experiments.submit(session, sweep, name=f"search {data}").id
    lab.train()
    with lab.database.read() as session:
        rows = search_standing.trials(session, number, sweep)
        best = search_results.best_of(sweep, rows)
    assert best is not None
    return {
        "setting": _name(best.combination),
        "value": best.value(sweep),
        "settings": len(rows),
        "to_the_end": sum(row.state == "complete" for row in rows),
        "epochs": sum(run.epoch for row in rows for run in row.runs) / seeds,  # per seed
    }


if __name__ == "__main__":
    main()
