"""What a forked ablation is worth: OLS's alpha from scratch, and forked at epoch 12 of alpha 0.5.

    python -m benchmarks.study_forks docs/results/forks [LAB_FOLDER]

Both are trained by a worker of a lab of its own (LAB_FOLDER, by default a temporary one) and kept
in FOLDER/runs.json; then README.md is written anew.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from scipy.stats import spearmanr
from sqlalchemy import select

from backend.store import experiments, forks
from backend.store.tables import Attempt, Run
from benchmarks.small_lab import SmallLab
from ols.spec.sweep import Sweep

ALPHAS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
SHARED = 0.5  # the parents' alpha
SEEDS = (0, 1, 2)
EPOCHS, AT = 30, 12
RATES = (0.4,)  # of symmetric noise
SPEC: dict[str, Any] = {
    "dataset": "digits",
    "model": {"name": "small_cnn", "width": 8},
    "epochs": EPOCHS,
    "precision": "fp32",  # as its rows were recorded: `auto` may be bf16
    "keep_checkpoints": AT,
    "keep_matrices": 1000,
}

Row = dict[str, Any]  # rate, alpha, seed, forked, top1, epochs, seconds


def main() -> None:
    folder = Path(sys.argv[1])
    file = folder / "runs.json"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as temporary:
            lab = SmallLab(Path(sys.argv[2] if len(sys.argv) > 2 else temporary))
            rows = [row for rate in RATES for row in ablations(lab, rate)]
        file.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    (folder / "README.md").write_text(page(json.loads(file.read_text())))


def ablations(lab: SmallLab, rate: float) -> list[Row]:
    """Both at one rate of noise."""
    noise = {"kind": "symmetric", "rate": rate} if rate else {"kind": "none"}
    sweep = Sweep.parse(
        {
            "spec": SPEC | {"method": "ols", "noise": noise},
            "grid": {"method.alpha": list(ALPHAS), "seed": list(SEEDS)},
        }
    )
    with lab.database.write() as session:
        number = experiments.submit(session, sweep, name=f"from scratch, {rate:.0%}").id
    lab.train()
    with lab.database.write() as session:
        runs = session.scalars(
            select(Run).where(Run.experiment_id == number).order_by(Run.id)
        ).all()
        parents = [run.id for run in runs if run.spec["method"]["alpha"] == SHARED]
        wishes = [forks.Wish(AT, {"method.alpha": alpha}) for alpha in ALPHAS if alpha != SHARED]
        forked = [
            run.id
            for parent in parents
            for run in forks.fork_many(session, lab.config, parent, wishes)
        ]
    lab.train()
    return [_row(lab, run_id, rate) for run_id in [*(run.id for run in runs), *forked]]


def _row(lab: SmallLab, run_id: int, rate: float) -> Row:
    with lab.database.read() as session:
        run = session.get_one(Run, run_id)
        attempts = session.scalars(select(Attempt).where(Attempt.run_id == run_id)).all()
        assert run.state == "finished", (run_id, run.state)
        forked = run.parent_id is not None
        spans = [(each.ended_at - each.started_at) for each in attempts if each.ended_at]
        return {
            "rate": rate,
            "alpha": run.spec["method"]["alpha"],
            "seed": run.spec["seed"],
            "forked": forked,
            "top1": run.summary["val_top1"]["last"],
            "epochs": EPOCHS - AT if forked else EPOCHS,
            "seconds": round(sum(span.total_seconds() for span in spans), 2),
        }


def page(rows: list[Row]) -> str:
    """The results in words and tables."""
    parts = "\n".join(_part(rate, [row for row in rows if row["rate"] == rate]) for rate in RATES)
    return f"""# What a forked ablation is worth

The ablation of OLS's α (seven values, three seeds, {EPOCHS} epochs) on digits, from scratch and as
forks: the three runs with α = {SHARED} are trained to the end, and the other six values continue
each of them from epoch {AT}. Small CNN (width 8), one CPU thread, one worker of the lab; seconds
from a run's claim to its end, on a machine that others used. Written by
`python -m benchmarks.study_forks docs/results/forks`.
{parts}
A fork shares its parent's first {AT} epochs, so forks of one parent resemble each other: their
deviations over seeds say nothing of the early epochs' part, and an effect of α on those epochs
can't be seen at all.
"""


def _part(rate: float, rows: list[Row]) -> str:
    scratch = [row for row in rows if not row["forked"]]
    # The parents' own alpha needs no fork.
    forked = [row for row in rows if row["forked"] or row["alpha"] == SHARED]
    by_alpha = [(_values(scratch, alpha), _values(forked, alpha)) for alpha in ALPHAS]
    whole, others = [mean(a) for a, _ in by_alpha], [mean(b) for _, b in by_alpha]
    rank = spearmanr(whole, others).statistic
    lines = "\n".join(
        f"| {alpha:g} | {_text(a)} | {_text(b)} | {100 * (mean(b) - mean(a)):+.1f} |"
        for alpha, (a, b) in zip(ALPHAS, by_alpha, strict=True)
    )
    gaps = {alpha: mean(b) - mean(a) for alpha, (a, b) in zip(ALPHAS, by_alpha, strict=True)}
    worst = max(gaps, key=lambda alpha: abs(gaps[alpha]))
    best, best_forked = ALPHAS[whole.index(max(whole))], ALPHAS[others.index(max(others))]
    title = f"{rate:.0%} symmetric label noise" if rate else "Clean labels"
    epochs, seconds = ((_sum(forked, key), _sum(scratch, key)) for key in ("epochs", "seconds"))
    return f"""
## {title}

Cost: **{epochs[0] / epochs[1]:.2f} of the epochs** ({epochs[0]:.0f} of {epochs[1]:.0f}),
{seconds[0] / seconds[1]:.2f} of the seconds ({seconds[0]:.0f} of {seconds[1]:.0f}).
**Rank correlation of the mean final accuracies: {rank:.2f}** (Spearman, seven values).
Best α: {best:g} from scratch, {best_forked:g} forked.
The forks are furthest off at α = {worst:g} ({100 * gaps[worst]:+.1f} points).

| α | from scratch | forked at {AT} | difference, points |
|---|---|---|---|
{lines}
"""


def _values(rows: list[Row], alpha: float) -> list[float]:
    return [row["top1"] for row in rows if row["alpha"] == alpha]


def _text(values: list[float]) -> str:
    return f"{mean(values):.1%} ± {stdev(values):.1%}"


def _sum(rows: list[Row], key: str) -> float:
    return float(sum(row[key] for row in rows))


if __name__ == "__main__":
    main()
