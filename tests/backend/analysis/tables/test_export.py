"""A table leaves in forms that others read back."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from backend.analysis.tables import export
from backend.analysis.tables.paper_table import PaperTable, paper_table
from tests.backend.analysis.tables.made_up import experiment

RUNS = experiment({"hard": [0.60, 0.61, 0.62], "ols": [0.70, 0.72, 0.71]}, rate=0.4)
TABLE = paper_table(
    RUNS, rows=["dataset.name", "noise.rate"], columns=["method.name"], metric="val_top1"
)


def test_markdown_prints_percent_and_marks_the_best() -> None:
    assert "| Glyphs | 40% | 61.00 ± 1.00 | **71.00 ± 1.00** |" in export.markdown(TABLE)
    assert "n = 3. Bold: the best of its row and what is not" in export.markdown(TABLE)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ({"hard": [0.6, 0.61], "ols": [0.7, 0.72, 0.71]}, "mean ± standard deviation, n = 2–3."),
        ({"hard": [0.6], "ols": [0.7]}, "last epoch; one seed."),
    ],
)
def test_a_caption_promises_no_more_than_is_shown(
    results: dict[str, list[float]], said: str
) -> None:
    one = paper_table(
        experiment(results), rows=["dataset.name"], columns=["method.name"], metric="val_top1"
    )
    for text in (export.markdown(one), export.latex(one).replace(r"\ensuremath{\pm}", "±")):
        assert "Bold" not in text
        assert "**" not in text
        assert "textbf" not in text
    assert said in export.markdown(one)


def test_as_an_error_the_mean_is_what_is_missing_to_100() -> None:
    assert "| 39.00 ± 1.00 | **29.00 ± 1.00** |" in export.markdown(TABLE, error=True)


def test_latex_is_a_booktabs_table_with_escapes() -> None:
    text = export.latex(TABLE)
    for part in (r"\toprule", r"\midrule", r"\bottomrule", r"\begin{tabular}{llrr}"):
        assert part in text
    assert r"Glyphs & 40\% & 61.00 \ensuremath{\pm} 1.00 & " in text
    assert r"\textbf{71.00 \ensuremath{\pm} 1.00} \\" in text
    assert "±" not in text
    assert export._latex("a_b & 5% {x}") == r"a\_b \& 5\% \{x\}"


HOSTILE = (
    r"\input{/etc/passwd}",
    r"\write18{touch hit}",
    r"}\end{document}",
    r"\def\par{x} $x$ % & # _ ~ ^ {",
    "a\nb\r\n\n\nc",
    "Übung α=0.5 🚀 日本語 \u202e \x07",
    "[",
    "*",
    "a | b",
    "<script>x</script>",
    "[a](javascript:x) `code` **bold** &lt;",
)


def hostile_table() -> PaperTable:
    """A row for each name that wants to be more than a text."""
    runs = []
    for name in HOSTILE:
        for run in experiment({"ols": [0.5, 0.6]}):
            runs.append({**run, "spec": {**run["spec"], "preset": name}})
    return paper_table(runs, rows=["preset"], columns=["method.name"], metric="val_top1")


def test_latex_prints_whatever_a_name_holds(tmp_path: Path) -> None:
    """Compiled by a real pdflatex, whose output shows the names and does what none of them says."""
    text = export.latex(hostile_table())
    packages = r"\usepackage{booktabs}\usepackage[T1]{fontenc}"
    document = rf"\documentclass{{article}}{packages}\begin{{document}}{text}\end{{document}}"
    (tmp_path / "table.tex").write_text(document)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "table.pdf").stat().st_size > 5000
    assert not (tmp_path / "hit").exists()
    assert text.count(r"\\") == len(HOSTILE) + 1, "a line for each row and the heads"


def test_markdown_prints_whatever_a_name_holds() -> None:
    text = export.markdown(hostile_table())
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert html.count("<tr>") == len(HOSTILE) + 1
    assert not re.search(r"<(?!/?(table|thead|tbody|tr|th|td|p|strong)\b)", html)
    assert "javascript:x" in html, "as a text"
    assert "<a" not in html


def test_csv_has_a_line_a_cell_in_full_precision() -> None:
    rows = list(csv.DictReader(io.StringIO(export.csv_text(TABLE))))
    assert [row["method.name"] for row in rows] == ["hard", "ols"]
    assert float(rows[1]["mean"]) == pytest.approx(71.0)
    assert rows[0]["runs"] == "100 101 102"


def test_every_export_says_what_was_picked_on_the_split_it_is_measured_on() -> None:
    runs = experiment({"ols": [0.7, 0.72]})
    best = paper_table(
        runs, rows=["dataset.name"], columns=["method.name"], metric="val_top1", which="best"
    )
    for text in (export.latex(best), export.markdown(best)):
        assert "epoch picked on test, on which it is measured" in text
    rows = list(csv.DictReader(io.StringIO(export.csv_text(best))))
    assert {row["caveat"] for row in rows} == {"epoch picked on test"}
    assert {row["caveat"] for row in csv.DictReader(io.StringIO(export.csv_text(TABLE)))} == {""}


def test_csv_starts_no_formula() -> None:
    assert [export._harmless(text) for text in ("=1+1", "@x", "ols", 3)] == [
        "'=1+1",
        "'@x",
        "ols",
        3,
    ]


def test_other_measures_keep_their_unit() -> None:
    for each in RUNS:
        each["summary"]["val_loss"] = {"last": 1.25}
    table = paper_table(RUNS, rows=[], columns=["method.name"], metric="val_loss")
    assert "| all runs | 1.250 ± 0.000 | 1.250 ± 0.000 |" in export.markdown(table).replace(
        "**", ""
    )
