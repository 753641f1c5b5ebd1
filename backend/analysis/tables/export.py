"""A table as LaTeX (booktabs), Markdown or CSV, ready for a paper, an issue or a script."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from backend.analysis.names import field_title, key_words, value_words
from backend.analysis.tables.emphasis import WORDS
from backend.analysis.tables.paper_table import Cell, PaperTable
from backend.analysis.tables.significance import ALPHA
from ols.spec.metrics import metric

if TYPE_CHECKING:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

_MARKDOWN_MARKS = re.compile(r"([\\`*_\[\]<>|&~])")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


def number(table: PaperTable, value: float | None, *, error: bool = False) -> float | None:
    """As it is printed: shares in percent, and as an error what an accuracy lacks to 100."""
    if value is None:
        return None
    measured = metric(table.metric)
    return measured.form.factor * (1 - value if error and measured.is_accuracy else value)


def spread(table: PaperTable, cell: Cell) -> float | None:
    """The deviation in the unit of `number`."""
    return None if cell.std is None else metric(table.metric).form.factor * cell.std


def digits(table: PaperTable) -> int:
    """Decimals: papers print percent with two, other measures are small."""
    return 2 if metric(table.metric).kind == "share" else 3


def cell_text(table: PaperTable, cell: Cell, *, error: bool = False) -> str:
    """`81.34 ± 0.21`, without a deviation for a single run, a dash for none."""
    mean, std = number(table, cell.mean, error=error), spread(table, cell)
    if mean is None:
        return "–"
    text = f"{mean:.{digits(table)}f}"
    return text if std is None else f"{text} ± {std:.{digits(table)}f}"


def caption(table: PaperTable, *, error: bool = False) -> str:
    """What the numbers are."""
    unit = "%" if metric(table.metric).kind == "share" else metric(table.metric).unit
    epoch = {"last": "last epoch", "best": "best epoch", "last_ten": "mean of the last ten epochs"}
    seeds = sorted({cell.n for cells in table.cells for cell in cells if cell.n})
    n = "–".join(map(str, dict.fromkeys((seeds[0], seeds[-1])))) if seeds else "0"
    words = heading(table, error=error) + (f", {unit}" if unit else "")
    caveats = "".join(f"; {caveat}, on which it is measured" for caveat in table.caveats)
    spread = "one seed" if seeds[-1:] == [1] else f"mean ± standard deviation, n = {n}"
    return f"{words}; {epoch[table.which]}{caveats}; {spread}"


def emphasis(table: PaperTable) -> str:
    """What bold means, as a sentence; nothing where nothing is bold."""
    bold = any(cell.best for cells in table.cells for cell in cells)
    return f"{WORDS.format(line='row')} (p < {ALPHA}, after Holm)." if bold else ""


def explained(table: PaperTable, *, error: bool = False) -> str:
    """The caption in full sentences, of a file that stands alone."""
    return f"{caption(table, error=error)}. {emphasis(table)}".strip()


def heading(table: PaperTable, *, error: bool = False) -> str:
    """`Validation top-1`, or `Validation top-1 error`."""
    measured = metric(table.metric)
    return f"{measured.heading} error" if error and measured.is_accuracy else measured.heading


def markdown(table: PaperTable, *, error: bool = False) -> str:
    """A pipe table."""
    heads = [*row_heads(table), *column_heads(table)]
    lines = [
        _pipe(map(_markdown, heads)),
        _pipe(["---"] * len(table.row_paths) + ["---:"] * len(table.column_keys)),
    ]
    for cells, row in zip(table.cells, row_words(table), strict=True):
        texts = (_bold(cell_text(table, cell, error=error), cell, "**{}**") for cell in cells)
        lines.append(_pipe([*map(_markdown, row), *texts]))
    return "\n".join([*lines, "", explained(table, error=error), ""])


def latex(table: PaperTable, *, error: bool = False) -> str:
    """A booktabs table; needs \\usepackage{booktabs}."""
    left = "l" * max(1, len(table.row_paths))
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_latex(explained(table, error=error))}}}",
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
    """One line per cell, in full precision, for scripts."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*table.row_paths, *table.column_paths, "mean", "std", "n", "runs", "caveat"])
    for key, cells in zip(table.row_keys, table.cells, strict=True):
        for column, cell in zip(table.column_keys, cells, strict=True):
            mean, std = number(table, cell.mean, error=error), spread(table, cell)
            runs = " ".join(map(str, cell.run_ids))
            # csv writes None as nothing.
            words = [*map(_harmless, (*key, *column))]
            writer.writerow([*words, mean, std, cell.n, runs, "; ".join(table.caveats)])
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
    return _latex(cell_text(table, cell, error=error))


def _latex(text: str) -> str:
    """A text as LaTeX prints it: no command of whoever wrote it, no end of a line or a table."""
    return str(_encoder().unicode_to_latex(_BLANKS.sub(" ", text)))


@cache
def _encoder() -> UnicodeToLatexEncoder:
    """Loaded with the first table in LaTeX."""
    from pylatexenc import latexencode

    # A row that began with [ or * would be an argument of the line end before it.
    braced = {ord("["): "{[}", ord("*"): "{*}"}
    return latexencode.UnicodeToLatexEncoder(
        conversion_rules=[
            latexencode.UnicodeToLatexConversionRule(latexencode.RULE_DICT, braced),
            "defaults",
        ],
        replacement_latex_protection="braces",
        # What a name may hold beyond what pdflatex can print stays readable as its code point.
        unknown_char_policy=lambda char: f"{{[}}U+{ord(char):04X}]",
        unknown_char_warning=False,
    )


def _markdown(text: str) -> str:
    """A text as Markdown prints it: neither HTML nor a link, nor the end of a cell or line."""
    return _MARKDOWN_MARKS.sub(r"\\\1", _BLANKS.sub(" ", text))


def _bold(text: str, cell: Cell, form: str) -> str:
    return form.format(text) if cell.best else text


def _row_of(texts: Any) -> str:
    return " & ".join(texts) + r" \\"


def _pipe(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is quoted (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" else value
