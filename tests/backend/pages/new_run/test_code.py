"""The code that the form shows means the run or the sweep that the form would submit."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from backend.cli.sweep_command import parse_arguments
from backend.pages.new_run.code import run_command, run_python, sweep_command, sweep_python
from backend.pages.new_run.preview import run_summary, sweep_summary
from backend.store.database import Database
from ols.__main__ import assemble_spec, build_parser
from ols.spec.ablations import ABLATIONS
from ols.spec.presets import PRESETS
from ols.spec.sweep import Sweep, expand
from tests.support import factories as make

SPECS: list[dict[str, Any]] = [
    *({"preset": preset.name, **preset.spec} for preset in PRESETS),
    {"method": "ols", "noise": {"rate": 0.3, "kind": "pair_flip"}, "eval_on": "holdout"},
    {
        "method": "ols",
        "noise": {"kind": "asymmetric", "rate": 0.3, "map": {"a.b": "c = d"}, "holdout": True},
    },
    {"method": "ols", "noise": {"kind": "file", "file": "my labels.csv"}},
    {"method": "ols", "noise": {"kind": "human", "labels": "aggre", "file": "other.pt"}},
    {
        "method": {"name": "ols", "alpha": 1e-05, "correct_only": False},
        "dataset": {"name": "image_folder", "folder": "it's here; $(now) \\"},
        "schedule": {"name": "step", "milestones": [2, 4]},
        "epochs": 5,
        "seed": 0,
        "keep_matrices": None,
    },
]


def words_of(command: str, start: str) -> list[str]:
    """The words behind the program, as a shell reads them."""
    words = shlex.split(command.replace("\\\n", ""))
    assert " ".join(words[: len(start.split())]) == start
    return words[len(start.split()) :]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.get("preset", "own"))
def test_a_run_as_code_is_that_run(spec: dict[str, Any]) -> None:
    words = words_of(run_command(spec), "python -m ols")
    read = assemble_spec(build_parser().parse_args(words))
    assert _normal(read) == _normal(spec)
    code = run_python(spec)
    compile(code, "form", "exec")
    names: dict[str, Any] = {"RunSpec": AsGiven}
    exec(code.split("\n\n")[1].split("for report")[0], names)
    assert names["spec"] == spec


class AsGiven:
    """In RunSpec's place: what it is given, which need not be valid here."""

    parse = staticmethod(dict)


def _normal(spec: dict[str, Any]) -> dict[str, Any]:
    """A bare name for a part stands for its name alone."""
    return {
        key: {"name": value} if key in ("method", "dataset", "model") and isinstance(value, str)
        else value
        for key, value in spec.items()
    }  # fmt: skip


SWEEPS: list[dict[str, Any]] = [
    *({"spec": study.spec, "grid": study.grid} for study in ABLATIONS),
    {
        "spec": {"method": "ols", "epochs": 2},
        "grid": {"optimizer.lr": {"low": 0.001, "high": 0.1, "log": True}, "seed": [0, 1]},
        "search": "random",
        "samples": 4,
        "seed": 3,
    },
    {"spec": {}, "grid": {"method": ["hard", {"name": "ols", "alpha": 0.3}], "seed": [5, 6]}},
    {
        "spec": {"method": "ols"},
        "grid": {"method.alpha": {"low": 0, "high": 1}},
        "search": "tpe",
        "pruner": "asha",
        "objective": {"metric": "val_ece", "at": "best", "seeds": 2},
        "budget": {"runs": 20, "hours": 1.5},
        "halving": {"factor": 4},
        "seed": 7,
    },
    {"spec": {"method": "ols"}, "grid": {"schedule.milestones": [[2, 4], [3]], "epochs": [6]}},
]


@pytest.mark.parametrize("number", range(len(SWEEPS)))
def test_a_sweep_as_code_is_that_sweep(number: int) -> None:
    facts = {"name": "a 'b'", "tags": ["x y", "z"], "notes": "*why*", "parallel": 2, "priority": 3}
    body = SWEEPS[number] | facts
    read = parse_arguments(words_of(sweep_command(body), "python -m backend sweep"))
    assert {name: getattr(read, name) for name in facts} == facts
    names: dict[str, Any] = {}
    exec(sweep_python(body, "http://lab").split("answer = ")[0], names)
    assert names["sweep"] == body
    assert 'httpx.post("http://lab/api/experiments"' in sweep_python(body, "http://lab")
    if not read.adaptive and "schedule" not in str(body):
        assert expand(read.sweep()) == expand(Sweep.parse(SWEEPS[number]))
    else:
        assert read.sweep() == Sweep.parse(SWEEPS[number])


@pytest.mark.parametrize("values", [["0..4"], ["null", "a"], ["5", "a"], ["a b", "c"], [""]])
def test_texts_that_look_like_something_else_stay_texts(values: list[str]) -> None:
    body = {"spec": {}, "grid": {"dataset.folder": values}}
    read = parse_arguments(words_of(sweep_command(body), "python -m backend sweep"))
    assert read.grid == {"dataset.folder": values}


def test_the_page_asks_for_both(client: Any) -> None:
    run = client.post("/fragments/new-run", json={"spec": {"method": "ols", "epochs": 3}})
    assert run.json() == {
        "name": "ols digits s0",
        "summary": run_summary(None, 0),
        "shell": "python -m ols train \\\n    --method ols \\\n    --epochs 3",
        "python": run_python({"method": "ols", "epochs": 3}),
    }
    sweep = {"spec": {"method": "ols"}, "grid": {"seed": [0, 1]}}
    answer = client.post("/fragments/new-run/sweep", json=sweep).json()
    assert answer["summary"] == "2 runs; time not known yet."
    assert answer["name"] == "seed on digits"
    assert answer["shell"] == sweep_command(sweep)
    assert answer["differences"] == [{"path": "seed", "values": [0, 1]}]


def test_what_is_wrong_is_named_by_its_field(client: Any) -> None:
    wrong = {"spec": {"method": {"name": "ols", "alpha": 7}}}
    answer = client.post("/fragments/new-run", json=wrong)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["error"]["fields"]] == ["spec.method.alpha"]
    sweep = {"spec": {"method": "ols"}, "grid": {"epochs": [1, -1]}}
    answer = client.post("/fragments/new-run/sweep", json=sweep)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["error"]["fields"]] == ["grid.epochs"]


def test_how_long_it_may_take_is_a_sentence() -> None:
    assert run_summary(125, 1) == "About 2 min 5 s, judged by 1 run like it."
    preview = {"runs": 4, "repeated": 0, "seconds": 200.0, "based_on": 3, "at_once": 2}
    preview |= {"search": False}
    assert sweep_summary(preview) == (
        "4 runs; about 3 min 20 s on 2 slots, judged by 3 runs like them."
    )
    assert sweep_summary(preview | {"at_once": 1, "repeated": 2}) == (
        "4 runs; about 3 min 20 s on 1 slot, judged by 3 runs like them; "
        "2 combinations left out: they repeat another run."
    )
    search = preview | {"search": True}
    assert sweep_summary(search).startswith("At most 4 runs; about 3 min 20 s on 2 slots")
    assert sweep_summary(search | {"runs": None}).startswith("As many runs as fit into the hours")


def test_kept_checkpoints_are_shown_with_what_they_take_and_buy(
    client: Any, database: Database
) -> None:
    spec = {"method": "ols", "dataset": "digits", "epochs": 30, "keep_checkpoints": 10}
    asked = {"spec": spec}
    words = client.post("/fragments/new-run", json=asked).json()["summary"]
    assert words.endswith("Keeps 3 checkpoints for forks: a fork there trains nothing again.")
    make.trained(database, epochs=2)
    words = client.post("/fragments/new-run", json=asked).json()["summary"]
    # 1,000 parameters with their momentum
    assert "Keeps 3 checkpoints for forks, about 24.0 kB" in words
    assert "Keeps" not in client.post("/fragments/new-run", json={"spec": {"method": "ols"}}).text
