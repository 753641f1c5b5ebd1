"""Writes the tables of a folder of results from its rows, between marks in its pages.

    python -m scripts.evidence_pages docs/results/cifar10

README.md and audit.md hold blocks, `<!-- rows: NAME -->` to `<!-- end -->`, that are written here
from rows.jsonl (scripts.evidence_rows) and folds.jsonl (benchmarks.study_out_of_sample); what
stands around them is ours. Tests are the lab's own (backend.analysis.tables).
"""

from __future__ import annotations

import itertools
import json
import math
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from backend.analysis.tables.paper_table import Key, PaperTable, paper_table
from backend.analysis.tables.significance import FEW_SEEDS
from backend.analysis.tables.verdicts import Verdict, baseline_column, verdicts
from ols.spec.audit_scores import SCORE_NAMES
from ols.spec.metrics import ACCURACY, CALIBRATION, MEMORISED, metric
from ols.spec.run_spec import RunSpec
from scripts.evidence_rows import read

PAGES = ("README.md", "audit.md")
BLOCK = re.compile(r"(<!-- rows: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
MINUS = re.compile(r"(?<![\w-])-(?=\d)")
ROWS = ("noise.kind", "noise.labels", "noise.rate")
COLUMNS = ("method.name", "method.alpha")
CONDITIONS = {
    "": "clean",
    "aggre": "human, aggre",
    "worse": "human, worse",
    "20%": "symmetric 20%",
    "40%": "symmetric 40%",
    "60%": "symmetric 60%",
    "instance-40%": "instance 40%",
}
METHODS = {
    ("hard", None): "hard",
    ("label_smoothing", None): "LS 0.1",
    ("ols", 0.5): "OLS α 0.5",
    ("ols", 0.25): "OLS α 0.25",
    ("ols_plus", 0.5): "OLS+",
    ("sce", 0.1): "SCE",
    ("sce", 6.0): "SCE",
    ("elr", None): "ELR",
}
TRAINERS = (("hard", None), ("label_smoothing", None), ("ols", 0.5))
AGAINST = (("hard", None), ("ols", 0.5), ("sce", 0.1))  # what OLS+ must not fall behind
OURS, RIVAL = ("class_margin", "soft_label"), "aum"
MEASURES = {"precision": "precision", "auroc": "AUROC"}

Row = dict[str, Any]
Values = dict[int, float]  # by seed


def write(folder: Path) -> None:
    """Writes the blocks of the pages that are there."""
    for path in (folder / name for name in PAGES):
        if path.exists():
            path.write_text(page(folder, path.read_text()))


def page(folder: Path, text: str) -> str:
    """A page's text with its blocks written anew."""
    rows = read(folder)
    kept = folder / "folds.jsonl"
    folds = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    blocks: dict[str, Callable[[], str]] = {
        "accuracy": lambda: results(rows, on_test(ACCURACY)),
        "ece": lambda: results(rows, on_test(CALIBRATION)),
        "memorised": lambda: results(rows, MEMORISED),
        "counts": lambda: counts(rows, folds),
        "precision": lambda: audits(rows, folds, "precision"),
        "auroc": lambda: audits(rows, folds, "auroc"),
        "goal": lambda: goal(rows, folds),
        "plus": lambda: plus(rows),
    }
    return BLOCK.sub(lambda found: found[1] + blocks[found[2]]() + found[3], text)


def on_test(name: str) -> str:
    """`val_top1` -> `test_top1`"""
    return f"test_{metric(name).measure}"


def condition(row: Row) -> str:
    """`worse`: how a run's noise is called."""
    return RunSpec.parse(row["spec"]).noise.words


def method(row: Row) -> Key:
    """`("ols", 0.5)`; only where it varies an alpha tells methods apart."""
    return row["spec"]["method"]["name"], row["spec"]["method"].get("alpha")


# -- what the methods come to --------------------------------------------------------------------


def results(rows: Sequence[Row], name: str) -> str:
    """A dataset's tables, under its title where there are several."""
    datasets = by_dataset(rows)
    if len(datasets) == 1:
        return results_of(rows, name)
    return "\n".join(f"**{title}**\n\n{results_of(of, name)}" for title, of in datasets.items())


def by_dataset(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by the title of what they were trained on."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        title = RunSpec.parse(row["spec"]).dataset.title
        groups.setdefault(title, []).append(row)
    return groups


def results_of(rows: Sequence[Row], name: str) -> str:
    """Mean ± standard error per noise and method, then each method's difference to hard labels."""
    table = paper_table(rows, rows=ROWS, columns=COLUMNS, metric=name)  # type: ignore[arg-type]
    words = {tuple(row["spec"]["noise"][p.split(".")[1]] for p in ROWS): condition(row)
             for row in rows}  # fmt: skip
    order = [table.row_keys.index(next(k for k in words if words[k] == each))
             for each in CONDITIONS if each in words.values()]  # fmt: skip
    columns = [table.column_keys.index(key) for key in METHODS if key in table.column_keys]
    order = [row for row in order if any(table.cells[row][column].n for column in columns)]
    heads = ["noise", *(METHODS[table.column_keys[column]] for column in columns)]
    lines = []
    for row in order:
        texts = [_cell(table, row, column) for column in columns]
        lines.append([CONDITIONS[words[table.row_keys[row]]], *texts])
    baseline = baseline_column(table, ("hard", None))
    judged = {(each.row, each.column): each for each in verdicts(table, baseline)}
    against = [
        [CONDITIONS[words[table.row_keys[row]]],
         *(_difference(name, judged.get((row, column))) for column in columns
           if column != baseline)]
        for row in order
    ]  # fmt: skip
    rest = [METHODS[table.column_keys[column]] for column in columns if column != baseline]
    return (
        _pipes(heads, lines)
        + "\nDifference to hard labels, points [95% confidence interval] p:\n\n"
        + _pipes(["noise", *rest], against)
    )


def _cell(table: PaperTable, row: int, column: int) -> str:
    cell = table.cells[row][column]
    text = mean_text(cell.values)
    return f"**{text}**" if cell.best else text


def _difference(name: str, verdict: Verdict | None) -> str:
    if verdict is None:
        return "–"
    points = f"{100 * verdict.difference:+.1f}"
    p_values = [p for p in (verdict.welch_p, verdict.paired_p) if p is not None]
    if verdict.welch is None or not p_values:
        return points
    low, high = 100 * verdict.welch.low, 100 * verdict.welch.high
    text = f"{points} [{low:+.1f}, {high:+.1f}] {max(p_values):.3f}"
    if not verdict.sure:
        return text
    return f"**{text}, {'better' if metric(name).improves(verdict.difference) else 'worse'}**"


def plus(rows: Sequence[Row]) -> str:
    """What OLS+ gains on the methods that it is measured against, per dataset and noise."""
    accuracy, ece = on_test(ACCURACY), on_test(CALIBRATION)
    lines = []
    for title, of in by_dataset(rows).items():
        for words in (words for words in CONDITIONS if any(condition(row) == words for row in of)):
            ours = last_by_seed(of, words, "ols_plus", accuracy)
            gains = [
                margin_text(ours, last_by_seed(of, words, other, accuracy)) for other, _ in AGAINST
            ]
            calibrated = margin_text(
                last_by_seed(of, words, "hard", ece), last_by_seed(of, words, "ols_plus", ece)
            )
            lines.append([f"{title}, {CONDITIONS[words]}", *gains, calibrated])
    heads = (*(f"accuracy less {METHODS[key]}'s" for key in AGAINST), "ECE of hard labels less its")
    return _pipes(["data, noise", *heads], lines)


def last_by_seed(rows: Sequence[Row], words: str, name: str, measure: str) -> Values:
    """A measure after the last epoch."""
    return {
        row["spec"]["seed"]: row["summary"][measure]["last"]
        for row in rows
        if (condition(row), method(row)[0]) == (words, name)
    }


# -- what the audits come to ---------------------------------------------------------------------


def counts(rows: Sequence[Row], folds: Sequence[Row]) -> str:
    """Wrong labels, and what was run, per noise."""
    lines = []
    for words, title in CONDITIONS.items():
        mine = [row for row in rows if condition(row) == words]
        wrong = [row["info"]["corrupted"] for row in mine]
        if not words or not mine:
            continue
        size = mine[0]["info"]["train_size"]
        beside = sum(fold["noise"] == words for fold in folds)
        share = f"{100 * statistics.fmean(wrong) / size:.1f}%"
        spread = " to ".join(map(str, sorted({min(wrong), max(wrong)})))
        lines.append([title, spread, share, str(len(mine)), str(beside)])
    return _pipes(["noise", "wrong labels", "share", "runs", "seeds in five folds"], lines)


def by_seed(rows: Sequence[Row], words: str, trainer: Key, score: str, measure: str) -> Values:
    return {
        row["spec"]["seed"]: row["audit"][measure][score]
        for row in rows
        if row["audit"] and (condition(row), method(row)) == (words, trainer)
    }


def folds_by_seed(folds: Sequence[Row], words: str, score: str, measure: str) -> Values:
    return {fold["seed"]: fold[measure][score] for fold in folds if fold["noise"] == words}


def noisy(rows: Sequence[Row]) -> list[str]:
    """The noises, in their order, that have an audit by one of the trainers."""
    present = {condition(row) for row in rows if row["audit"] and method(row) in TRAINERS}
    return [words for words in CONDITIONS if words in present]


def audits(rows: Sequence[Row], folds: Sequence[Row], measure: str) -> str:
    """A line per trainer and score, then cleanlab's."""
    wanted, lines = noisy(rows), []
    for trainer in TRAINERS:
        for score in SCORE_NAMES:
            values = [by_seed(rows, words, trainer, score, measure) for words in wanted]
            lines.append([METHODS[trainer], f"`{score}`", *(mean_text(v.values()) for v in values)])
    for theirs in cleanlab_scores(folds):
        values = [folds_by_seed(folds, words, theirs, measure) for words in wanted]
        label = f"cleanlab `{theirs}`"
        lines.append(["hard, five folds", label, *(mean_text(v.values()) for v in values)])
    return _pipes(["trained with", "score", *(CONDITIONS[words] for words in wanted)], lines)


def cleanlab_scores(folds: Sequence[Row]) -> list[str]:
    return list(folds[0]["precision"]) if folds else []


def goal(rows: Sequence[Row], folds: Sequence[Row]) -> str:
    """Our scores by each trainer less the best of cleanlab's scores, and less the best AUM."""
    lines = []
    tried = [(score, trainer) for score in OURS for trainer in TRAINERS]
    for words, measure in itertools.product(noisy(rows), MEASURES):
        rivals = {
            "cleanlab": best(
                folds_by_seed(folds, words, score, measure) for score in cleanlab_scores(folds)
            ),
            "AUM": best(by_seed(rows, words, trainer, RIVAL, measure) for trainer in TRAINERS),
        }
        for rival, values in rivals.items():
            margins = [
                margin_text(by_seed(rows, words, trainer, score, measure), values)
                for score, trainer in tried
            ]
            lines.append([f"{CONDITIONS[words]}, {MEASURES[measure]}", rival, *margins])
    heads = (f"`{score}`, {METHODS[trainer]}" for score, trainer in tried)
    return _pipes(["noise, measure", "less", *heads], lines)


def best(candidates: Iterable[Values]) -> Values:
    """The one with the largest mean."""
    filled = [values for values in candidates if values]
    return max(filled, key=lambda values: statistics.fmean(values.values()), default={})


def margin_text(ours: Values, other: Values) -> str:
    """The mean difference over the seeds that both have ± its standard error; from three seeds on
    also whether one of them is ahead by more than two of those."""
    differences = [ours[seed] - other[seed] for seed in ours if seed in other]
    if not differences:
        return "–"
    text, mean = mean_text(differences, sign="+"), statistics.fmean(differences)
    if len(differences) < FEW_SEEDS:
        return text
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    verdict = "loses" if mean < -2 * error else "wins" if mean > 2 * error else "holds"
    return f"{text} {verdict}"


# -- text ----------------------------------------------------------------------------------------


def mean_text(values: Iterable[float], sign: str = "") -> str:
    """In percent, `81.3 ± 0.2`: mean and standard error; a number of seeds other than three is
    named."""
    shares = list(values)
    if not shares:
        return "–"
    text = f"{100 * statistics.fmean(shares):{sign}.1f}"
    if len(shares) > 1:
        text += f" ± {100 * statistics.stdev(shares) / math.sqrt(len(shares)):.1f}"
    return text if len(shares) == 3 else f"{text} (n = {len(shares)})"


def _pipes(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(heads) - 1)
    text = "".join(f"| {' | '.join(line)} |\n" for line in (heads, *lines))
    head, body = MINUS.sub("−", text).split("\n", 1)
    return f"{head}\n| {' | '.join(rule)} |\n{body}"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
