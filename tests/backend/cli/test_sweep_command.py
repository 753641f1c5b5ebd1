"""A sweep from the command line is the one that the API would take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.cli.sweep_command import parse_arguments
from backend.store import experiments
from backend.store.database import connect
from ols.errors import SpecError
from tests.support.commands import backend


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("seed=0..3", [0, 1, 2, 3]),
        ("method=hard,ols", ["hard", "ols"]),
        ("noise.rate=0, 0.2", [0, 0.2]),
        ("augment.flip=true,false", [True, False]),
        ('method=["hard",{"name":"ols","alpha":0.3}]', ["hard", {"name": "ols", "alpha": 0.3}]),
    ],
)
def test_values_as_one_types_them(text: str, values: list[Any]) -> None:
    found = parse_arguments(["--grid", text])
    assert found.grid == {text.split("=")[0]: values}


def test_ranges_are_for_random_search() -> None:
    words = ["--set", "method=ols", "--grid", "optimizer.lr=1e-3..1e-1:log"]
    found = parse_arguments([*words, "--random", "5", "--search-seed", "3"])
    lr = found.model_dump()["grid"]["optimizer.lr"]
    assert (lr["low"], lr["high"], lr["log"]) == (1e-3, 1e-1, True)
    assert (found.samples, found.seed) == (5, 3)
    with pytest.raises(SpecError, match="random"):
        parse_arguments(words)


def test_a_search_with_its_budget_and_objective() -> None:
    words = ["--set", "method=ols", "--grid", "method.alpha=0.0..1.0", "--search", "tpe"]
    words += ["--pruner", "asha", "--budget", "runs=60,hours=2.5", "--halving", "factor=4"]
    sweep = parse_arguments([*words, "--objective", "metric=val_ece,at=best,seeds=2"]).sweep()
    assert sweep.budget is not None
    assert (sweep.budget.runs, sweep.budget.hours) == (60, 2.5)
    assert (sweep.goal.metric, sweep.goal.at, sweep.goal.seeds) == ("val_ece", "best", 2)
    assert (sweep.search, sweep.pruner) == ("tpe", "asha")
    assert sweep.halving is not None
    assert sweep.halving.factor == 4


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--grid", "seed"], "PATH=VALUE"),
        (["--grid", "seed=4..0"], "must increase"),
        (["--grid", "seed=[0,"], "is not JSON"),
        (["--spec", "/not/there.json", "--grid", "seed=1"], "can't read"),
        (["--set", "method=ols"], "grid"),
        (["--grid", "seed=1", "--search", "tpe", "--budget", "60"], "runs=60"),
    ],
)
def test_what_is_wrong_is_said(words: list[str], says: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_arguments(words)
    assert any(says in f"{field.path} {field.message}" for field in caught.value.fields)


def test_it_submits_and_prints_the_address(tmp_path: Path) -> None:
    spec = tmp_path / "base.json"
    spec.write_text(json.dumps({"dataset": "digits", "epochs": 2}))
    words = ["--spec", str(spec), "--grid", "method=hard,ols", "--grid", "seed=0..4"]
    more = ["--name", "by hand", "--tag", "t", "--parallel", "3", "--notes", "why"]
    result = backend(tmp_path / "data", "sweep", *words, *more, OLS_PORT="8123")
    assert result.returncode == 0, result.stderr
    assert "10 runs queued" in result.stdout
    assert "http://127.0.0.1:8123/experiments/1" in result.stdout
    database = connect(f"sqlite:///{tmp_path}/data/ols.sqlite3")
    with database.read() as session:
        found = experiments.get(session, 1)
    database.dispose()
    assert (found["name"], found["runs"], found["parallel"]) == ("by hand", 10, 3)


def test_a_wrong_field_ends_it_with_its_path(tmp_path: Path) -> None:
    result = backend(tmp_path, "sweep", "--grid", "method=hard,olz")
    assert result.returncode == 2
    assert "grid.method" in result.stderr
    assert "Traceback" not in result.stderr
