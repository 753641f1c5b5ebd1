"""What a table says about each method against a baseline, in a sentence to quote.

"OLS is better than label smoothing on glyphs at 40% noise: +2.1 points, 95% CI 1.2 to 3.0,
 n = 5 (p = 0.004)."
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.analysis.names import key_words, setting_words
from backend.analysis.tables.paper_table import Key, PaperTable, pairs_of
from backend.analysis.tables.significance import (
    ALPHA,
    FEW_SEEDS,
    Difference,
    holm,
    paired_bootstrap,
    welch,
)
from ols.spec.metrics import metric


@dataclass(frozen=True)
class Verdict:
    """One column against the baseline's in one row; p-values are corrected after Holm."""

    row: int
    column: int
    n: int
    n_baseline: int
    pairs: int  # seeds that both have
    difference: float  # of the means, ours minus the baseline's
    welch: Difference | None
    paired: Difference | None
    welch_p: float | None
    paired_p: float | None
    sentence: str

    @property
    def sure(self) -> bool:
        """The difference is significant by the stricter of the two tests that could be made."""
        p_values = [p for p in (self.welch_p, self.paired_p) if p is not None]
        return self.n >= FEW_SEEDS <= self.n_baseline and bool(p_values) and max(p_values) < ALPHA


@dataclass(frozen=True)
class Improvement:
    """A column's mean difference to the baseline over all rows that have both."""

    column: int
    rows: int
    mean: float


def baseline_column(table: PaperTable, wanted: Key | None) -> int:
    """The column that is called `wanted`, else hard labels, else the first."""
    keys = list(table.column_keys)
    if wanted in keys:
        return keys.index(wanted)
    return next((i for i, key in enumerate(keys) if "hard" in key), 0)


def verdicts(table: PaperTable, baseline: int) -> list[Verdict]:
    """Every other column against the baseline, row by row."""
    open_ones = [
        (row, column, table.cells[row][column], table.cells[row][baseline])
        for row in range(len(table.row_keys))
        for column in range(len(table.column_keys))
        if column != baseline and table.cells[row][column].n and table.cells[row][baseline].n
    ]
    by_welch = [welch(ours.values, theirs.values) for _, _, ours, theirs in open_ones]
    matched = [pairs_of(ours, theirs) for _, _, ours, theirs in open_ones]
    by_pairs = [paired_bootstrap(*pair) for pair in matched]
    welch_ps, paired_ps = _corrected(by_welch), _corrected(by_pairs)
    judged = []
    for i, (row, column, ours, theirs) in enumerate(open_ones):
        assert ours.mean is not None
        assert theirs.mean is not None
        words = _sentence(
            table, row, column, baseline, by_welch[i], _stricter(welch_ps[i], paired_ps[i])
        )
        judged.append(
            Verdict(
                row=row,
                column=column,
                n=ours.n,
                n_baseline=theirs.n,
                pairs=len(matched[i][0]),
                difference=ours.mean - theirs.mean,
                welch=by_welch[i],
                paired=by_pairs[i],
                welch_p=welch_ps[i],
                paired_p=paired_ps[i],
                sentence=words,
            )
        )
    return judged


def improvements(table: PaperTable, baseline: int) -> list[Improvement]:
    """For each column but the baseline, over the rows in which both have a result."""
    by_column = []
    for column in range(len(table.column_keys)):
        gaps = [
            cells[column].mean - cells[baseline].mean  # type: ignore[operator]
            for cells in table.cells
            if cells[column].n and cells[baseline].n
        ]
        if column != baseline and gaps:
            by_column.append(Improvement(column, len(gaps), sum(gaps) / len(gaps)))
    return by_column


def warnings(table: PaperTable) -> list[str]:
    """What a reader must know before quoting the table."""
    sentences = []
    for caveat in table.caveats:
        instead = "the last epoch" if caveat.startswith("epoch") else "the unscaled number"
        sentences.append(
            f"{caveat.capitalize()}, the split that these numbers are measured on, so they are "
            f"optimistic. Quote {instead}, or what runs with eval_on = holdout measure on the test "
            "set at the end."
        )
    if table.unfinished:
        runs = "run has" if table.unfinished == 1 else "runs have"
        sentences.append(
            f"{table.unfinished} {runs} not finished: the epoch reached so far counts."
        )
    filled = [cell.n for cells in table.cells for cell in cells if cell.n]
    if filled and min(filled) < FEW_SEEDS:
        sentences.append(
            f"Some cells have fewer than {FEW_SEEDS} seeds (the smallest has {min(filled)}): "
            "their deviations and tests say little. Add seeds."
        )
    if len(set(filled)) > 1:
        sentences.append(f"Cells differ in their number of seeds ({min(filled)} to {max(filled)}).")
    if table.mixed:
        sentences.append(
            f"Runs of one cell also differ in {', '.join(table.mixed)}: the deviation is not only "
            "that of seeds. Add the field to the rows or columns, or filter by it."
        )
    return sentences


def _corrected(differences: Sequence[Difference | None]) -> list[float | None]:
    corrected = iter(holm([each.p for each in differences if each is not None]))
    return [None if each is None else next(corrected) for each in differences]


def _stricter(*p_values: float | None) -> float | None:
    return max((p for p in p_values if p is not None), default=None)


def _sentence(
    table: PaperTable,
    row: int,
    column: int,
    baseline: int,
    interval: Difference | None,
    p: float | None,
) -> str:
    ours, theirs = table.cells[row][column], table.cells[row][baseline]
    assert ours.mean is not None
    assert theirs.mean is not None
    gap, n = ours.mean - theirs.mean, min(ours.n, theirs.n)
    name, other = (
        key_words(table.column_paths, table.column_keys[which]) for which in (column, baseline)
    )
    where = setting_words(table.row_paths, table.row_keys[row])
    form = metric(table.metric).form
    size = form.difference(gap)
    if interval is None or p is None:
        return (
            f"{name} against {other}{where}: {size}, n = {n}. One seed says nothing about chance."
        )
    verb = _verb(table.metric, gap, p, n)
    low, high = (form.difference(x, unit=False) for x in (interval.low, interval.high))
    few = f" {n} seeds are few." if n < FEW_SEEDS else ""
    return f"{name} {verb} {other}{where}: {size}, 95% CI {low} to {high}, n = {n} ({_p(p)}).{few}"


def _verb(name: str, gap: float, p: float, n: int) -> str:
    if p >= ALPHA or n < FEW_SEEDS:
        return "is not significantly different from"
    measured = metric(name)
    if measured.better == "none":
        return "is above" if gap > 0 else "is below"
    return "is better than" if measured.improves(gap) else "is worse than"


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
