"""A table as LaTeX (booktabs), Markdown or CSV, ready for a paper, an issue or a script."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from backend.analysis.names import (
    field_title,
    is_fraction,
    key_words,
    metric_title,
    value_words,
)
from backend.analysis.tables.paper_table import Cell, PaperTable

_LATEX = {
    "\\": r"\textbackslash{}",
    **{char: f"\\{char}" for char in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "ε": r"$\varepsilon$",
    "α": r"$\alpha$",
}


def number(table: PaperTable, value: float | None, *, error: bool = False) -> float | None:
    """As it is printed: fractions in percent, and as an error what is missing to 100."""
    if value is None or not is_fraction(table.metric):
        return value
    return 100 * (1 - value) if error else 100 * value


def spread(table: PaperTable, cell: Cell) -> float | None:
    """The deviation in the unit of `number`."""
    if cell.std is None:
        return None
    return 100 * cell.std if is_fraction(table.metric) else cell.std


def digits(table: PaperTable) -> int:
    """Decimals: papers print percent with two, other measures are small."""
    return 2 if is_fraction(table.metric) else 3


def cell_text(table: PaperTable, cell: Cell, *, error: bool = False) -> str:
    """`81.34 ± 0.21`, without a deviation for a single run, a dash for none."""
    mean, std = number(table, cell.mean, error=error), spread(table, cell)
    if mean is None:
        return "–"
    text = f"{mean:.{digits(table)}f}"
    return text if std is None else f"{text} ± {std:.{digits(table)}f}"


def caption(table: PaperTable, *, error: bool = False) -> str:
    """What the numbers are."""
    unit = ", %" if is_fraction(table.metric) else ""
    epoch = {"last": "last epoch", "best": "best epoch", "last_ten": "mean of the last ten epochs"}
    seeds = sorted({cell.n for cells in table.cells for cell in cells if cell.n})
    n = "–".join(map(str, dict.fromkeys((seeds[0], seeds[-1])))) if seeds else "0"
    title = metric_title(table.metric, error=error)
    return (
        f"{title[:1].upper()}{title[1:]}{unit}; {epoch[table.which]}; mean ± standard "
        f"deviation, n = {n}"
    )


def markdown(table: PaperTable, *, error: bool = False) -> str:
    """A pipe table; the best of a row is bold."""
    heads = [*row_heads(table), *column_heads(table)]
    lines = [
        _pipe(heads),
        _pipe(["---"] * len(table.row_paths) + ["---:"] * len(table.column_keys)),
    ]
    for cells, row in zip(table.cells, row_words(table), strict=True):
        texts = (_bold(cell_text(table, cell, error=error), cell, "**{}**") for cell in cells)
        lines.append(_pipe([*row, *texts]))
    return "\n".join([*lines, "", f"{caption(table, error=error)}.", ""])


def latex(table: PaperTable, *, error: bool = False) -> str:
    """A booktabs table; needs \\usepackage{booktabs}."""
    left = "l" * max(1, len(table.row_paths))
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_latex(caption(table, error=error))}.}}",
        rf"\begin{{tabular}}{{{left}{'r' * len(table.column_keys)}}}",
        r"\toprule",
        _row_of(map(_latex, [*row_heads(table), *column_heads(table)])),
        r"\midrule",
    ]
    for cells, row in zip(table.cells, row_words(table), strict=True):
        texts = (_bold(_latex_cell(table, cell, error), cell, r"\textbf{{{}}}") for cell in cells)
        lines.append(_row_of([*map(_latex, row), *texts]))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def csv_text(table: PaperTable, *, error: bool = False) -> str:
    """One line a cell, full precision: what a script wants."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*table.row_paths, *table.column_paths, "mean", "std", "n", "runs"])
    for key, cells in zip(table.row_keys, table.cells, strict=True):
        for column, cell in zip(table.column_keys, cells, strict=True):
            mean, std = number(table, cell.mean, error=error), spread(table, cell)
            runs = " ".join(map(str, cell.run_ids))
            # csv writes None as nothing.
            writer.writerow([*map(_harmless, (*key, *column)), mean, std, cell.n, runs])
    return file.getvalue()


EXPORTS: dict[str, tuple[str, Callable[..., str]]] = {
    "latex": ("application/x-tex", latex),
    "markdown": ("text/markdown", markdown),
    "csv": ("text/csv", csv_text),
}


def row_heads(table: PaperTable) -> list[str]:
    """The columns that name a row."""
    return [field_title(path) for path in table.row_paths] or [""]


def column_heads(table: PaperTable) -> list[str]:
    """The columns of results."""
    return [key_words(table.column_paths, key) for key in table.column_keys]


def row_words(table: PaperTable) -> list[list[str]]:
    """Each row's values as words."""
    return [
        [value_words(path, value) for path, value in zip(table.row_paths, key, strict=True)]
        or ["all runs"]
        for key in table.row_keys
    ]


def _latex_cell(table: PaperTable, cell: Cell, error: bool) -> str:
    return _latex(cell_text(table, cell, error=error)).replace(" ± ", r" $\pm$ ")


def _latex(text: str) -> str:
    return "".join(_LATEX.get(char, char) for char in text).replace(" ± ", r" $\pm$ ")


def _bold(text: str, cell: Cell, form: str) -> str:
    return form.format(text) if cell.best else text


def _row_of(texts: Any) -> str:
    return " & ".join(texts) + r" \\"


def _pipe(texts: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |"


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is quoted (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" else value
