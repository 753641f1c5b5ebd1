"""The comparison of all methods resumes where it stopped, and a run that fails is a line too."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks import bench_methods


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setitem(bench_methods.DATASETS, "glyphs", {"name": "digits"})
    monkeypatch.setitem(bench_methods.TRAINING, "epochs", 1)
    file = tmp_path / "methods.jsonl"

    def run(*methods: str, changed: tuple[str, ...] = ()) -> list[dict]:
        chosen = [word for name in methods for word in ("--method", name)]
        chosen += [word for setting in changed for word in ("--set", setting)]
        fixed = ("--dataset", "glyphs", "--rate", "0.2", "--seeds", "1")
        monkeypatch.setattr(sys, "argv", ["bench", *fixed, *chosen, "--results", str(file)])
        bench_methods.main()
        return [json.loads(line) for line in file.read_text().splitlines()]

    return run


def test_what_was_measured_is_not_run_again(bench):
    (first,) = bench("gce")
    assert 0 < first["val_top1"] <= 1
    assert (first["method"], first["noise"], first["seed"]) == ("gce", 0.2, 0)
    lines = bench("gce", "elr")
    assert lines[0] == first
    assert [line["method"] for line in lines] == ["gce", "elr"]


def test_a_run_that_fails_is_a_line_and_the_others_go_on(bench, monkeypatch):
    measure = bench_methods.measure

    def diverging(run, options):
        if run["method"] == "gce":
            raise RuntimeError("the loss is not finite")
        return measure(run, options)

    monkeypatch.setattr(bench_methods, "measure", diverging)
    failed, other = bench("gce", "hard")
    assert failed["error"] == "the loss is not finite"
    assert "val_top1" in other


def test_a_run_of_other_settings_is_another_run_and_says_what_was_changed(bench):
    (line,) = bench("gce", changed=("epochs=2", "method.q=0.1"))
    assert line["changed"] == {"epochs": 2, "method.q": 0.1}
    assert bench_methods.spec_of(line).method.q == 0.1
    assert "changed" not in bench("gce")[1]
