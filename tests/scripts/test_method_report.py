"""benchmarks/results/methods.md is what the lines say, and only seeds that are whole are taken."""

from __future__ import annotations

import json

from backend.analysis.method_results import all_tables, finding, tried
from benchmarks.bench_methods import RATES
from ols.spec.catalogue import METHODS
from scripts.method_report import REPORT, report, take


def line(method, noise=0.0, seed=0, top1=0.8, **more):
    known = {"dataset": "glyphs", "setting": "15 epochs", "val_ece": 0.1}
    return {**known, "method": method, "noise": noise, "seed": seed, "val_top1": top1, **more}


def written(path, *runs):
    path.write_text("\n".join(map(json.dumps, runs)))
    return path


def test_the_report_is_up_to_date():
    assert REPORT.read_text() == report(), "run: python -m scripts.method_report"


def test_every_method_is_in_every_table():
    for table in all_tables():
        assert {name for name, _ in table.rows} == {entry.name for entry in METHODS}
        assert all(cell is not None for _, cells in table.rows for cell in cells)


def test_a_seed_that_lacks_a_run_is_not_taken(tmp_path):
    whole = [line(entry.name, rate) for entry in METHODS for rate in RATES]
    partial = [{**run, "seed": 1} for run in whole[1:]]
    other = line("hard", dataset="fashion_mnist")
    source = written(tmp_path / "all.jsonl", *whole, *partial, other)
    take(source, tmp_path / "taken.jsonl")
    taken = [json.loads(text) for text in (tmp_path / "taken.jsonl").read_text().splitlines()]
    assert taken == whole


def test_what_was_tried_stands_beside_the_same_seeds_and_hard_labels(tmp_path):
    results = written(
        tmp_path / "methods.jsonl", line("gce", top1=0.5), line("gce", seed=1, top1=0.9)
    )
    longer, other = {"epochs": 60}, {"method.q": 0.3}
    path = written(
        tmp_path / "tried.jsonl",
        line("hard", top1=0.7, changed=longer),
        line("gce", top1=0.6, changed=longer),
        line("gce", top1=0.75, changed=other),
    )
    (table,) = tried("gce", path, results)
    assert [(name, cells[0].top1) for name, cells in table.rows] == [
        ("as above", 0.5),  # seed 0 alone
        ("epochs=60", 0.6),
        ("hard labels, epochs=60", 0.7),
        ("method.q=0.3", 0.75),
    ]
    assert table.seeds == "1 seed"
    assert tried("sce", path, results) == []


def test_findings_are_of_methods_that_exist(tmp_path):
    path = tmp_path / "findings.toml"
    path.write_text('gce = """\nSlow\nat first."""\n')
    assert finding("gce", path) == "Slow at first."
    assert finding("sce", path) == ""
    assert finding("sce", tmp_path / "none.toml") == ""
