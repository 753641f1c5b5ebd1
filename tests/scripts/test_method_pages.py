from __future__ import annotations

import json
import re

import pytest

from backend.analysis.method_results import tables
from ols.spec.catalogue import METHODS
from scripts.method_pages import FOLDER, pages


def test_the_pages_are_up_to_date():
    written = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    assert written == pages(), "run: python -m scripts.method_pages"


@pytest.mark.parametrize("entry", METHODS, ids=lambda entry: entry.name)
def test_a_page_has_equation_source_and_every_setting(entry):
    text = pages()[f"{entry.name}.md"]
    assert entry.part.equation in text
    assert entry.part.use in text
    assert entry.part.code_docstring()
    for name in entry.describe()["parameters"]:
        assert f"| `{name}` |" in text
    if entry.paper:  # the docstring and the entry name the same paper
        number = re.search(r"arXiv (\d{4}\.\d{4,5})", entry.paper)
        assert number
        code = entry.part.code_docstring()
        assert number.group(1) in code or entry.name == "label_smoothing"


def test_results_are_means_over_seeds_beside_the_known_three(tmp_path):
    path = tmp_path / "methods.jsonl"
    runs = [
        {
            "dataset": "glyphs",
            "setting": "20 epochs",
            "method": method,
            "noise": noise,
            "seed": seed,
        }
        | {"val_top1": 0.8 + seed / 10, "val_ece": 0.1}
        for method, noise, seed in [("gce", 0.2, 0), ("gce", 0.2, 1), ("hard", 0.0, 0)]
    ]
    diverged = {**runs[0], "seed": 2, "error": "the loss is not finite"}
    del diverged["val_top1"]
    path.write_text("\n".join(map(json.dumps, [*runs, diverged])))
    (table,) = tables("gce", path)
    assert table.rates == [0.0, 0.2]
    rows = dict(table.rows)
    assert list(rows) == ["hard", "label_smoothing", "ols", "gce"]
    none, cell = rows["gce"]
    assert none is None
    assert (cell.top1, cell.seeds) == (pytest.approx(0.85), 2)
    assert cell.deviation == pytest.approx(0.0707, abs=1e-4)
    assert rows["hard"][0].deviation is None
    assert tables("sce", path) == []
