"""`ols import` and `ols export` against a real lab."""

from __future__ import annotations

import pandas as pd
import pytest

from ols.__main__ import main

WIDE = "run,epoch,val_top1,note\nfirst,1,0.5,a\nfirst,2,0.75,b\nsecond,1,0.25,c\n"


@pytest.fixture
def imported(ols, tmp_path):
    """The ids of two runs from a CSV file."""
    path = tmp_path / "runs.csv"
    path.write_text(WIDE)
    code, outcomes = ols("import", "csv", path, "--json")
    assert code == 0
    assert [each["outcome"] for each in outcomes] == ["imported", "imported"]
    return [each["run_id"] for each in outcomes]


def test_an_import_brings_each_run_once(ols, lab, imported, tmp_path):
    first = lab.get(imported[0])
    assert (first.name, first.state) == ("first", "finished")
    assert first.data["tags"] == ["csv"]
    assert first.data["summary"]["val_top1"]["best"] == 0.75
    code, text = ols("import", "csv", tmp_path / "runs.csv")
    assert code == 0
    assert text.count("known already") == 2
    assert "1 column 'note': no numbers" in text
    assert text.endswith("0 of 2 runs imported\n")
    assert len(lab.runs(q="first")) == len({row["id"] for row in lab.runs(q="first")})


def test_runs_are_exported_as_csv_and_parquet(ols, imported, tmp_path):
    code, text = ols("export", *imported)
    assert code == 0
    assert text.splitlines()[0].startswith("id,name,")
    assert len(text.splitlines()) == 3
    out = tmp_path / "runs.parquet"
    assert ols("export", *imported, "-o", out)[0] == 0
    frame = pd.read_parquet(out)
    assert frame["val_top1.best"].tolist() == [0.75, 0.25]


def test_metrics_are_exported_and_can_be_imported_again(ols, imported, tmp_path):
    out = tmp_path / "metrics.csv"
    assert ols("export", *imported, "--what", "metrics", "--metric", "val_top1", "-o", out)[0] == 0
    assert pd.read_csv(out)["value"].tolist() == [0.5, 0.75, 0.25]
    code, outcomes = ols("import", "csv", out, "--json")
    assert (code, [each["values"] for each in outcomes]) == (0, [2, 1])


def test_figures_have_a_papers_width_and_keep_their_text(ols, lab, imported, tmp_path):
    out = tmp_path / "curves.svg"
    assert ols("export", *imported, "--what", "curves", "-o", out)[0] == 0
    svg = out.read_text()
    assert 'width="237.6pt"' in svg, "3.3 inches"
    assert ">second</text>" in svg
    with lab.run("with a matrix", classes=["cat", "dog"]) as run:
        run.log_matrix("soft_labels", [[0.9, 0.1], [0.2, 0.8]], epoch=1)
    out = tmp_path / "heatmap.pdf"
    assert ols("export", run.id, "--what", "heatmap", "-o", out, "--width", "page")[0] == 0
    assert out.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--what", "heatmap", "--format", "csv"), "svg, pdf, png, not as csv"),
        (("--what", "heatmap"), "say of which run"),
        (("--format", "pdf"), "csv, parquet, json, not as pdf"),
    ],
)
def test_what_does_not_fit_together_is_said(lab, capsys, words, says):
    assert main(["export", *words]) == 1
    assert says in capsys.readouterr().err
