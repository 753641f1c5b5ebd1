"""The form of a fork: what is greyed, and the same fork as code."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from backend.core.settings import Settings
from backend.pages.new_run.code import fork_command, fork_python
from backend.store.database import Database
from ols.__main__ import build_parser
from ols.spec.assignments import read_value, split_assignment
from tests.backend.store.test_forks import parent_of
from tests.support import factories as make

FORKS: list[dict[str, Any]] = [
    {"epoch": 4, "set": {}, "start": {}},
    {
        "epoch": 12,
        "set": {"method.name": "sce", "schedule.milestones": [2, 4], "noise.file": "my labels.csv"},
        "start": {"schedule": "rest", "seed": 3},
        "name": "it's colder",
        "retrain": True,
    },
]


@pytest.mark.parametrize("fork", FORKS)
def test_a_fork_as_code_is_that_fork(fork: dict[str, Any]) -> None:
    program, *words = shlex.split(fork_command(7, fork).replace("\\\n", ""))
    assert program == "ols"
    options = build_parser().parse_args(words)
    assert (options.id, options.epoch, options.name) == (7, fork["epoch"], fork.get("name"))
    assert options.retrain == fork.get("retrain", False)
    for flag in ("set", "start"):
        pairs = map(split_assignment, getattr(options, flag))
        assert {path: read_value(text) for path, text in pairs} == fork[flag]
    code = fork_python(7, fork, "http://lab")
    compile(code, "form", "exec")
    assert f"epoch={fork['epoch']}" in code


def test_what_stays_is_greyed_with_its_reason(
    client: Any, database: Database, config: Settings
) -> None:
    parent = parent_of(database, config, 4, 6)
    text = client.get(f"/runs/{parent}/fork?epoch=4").text
    assert 'data-field="epoch"' in text
    field = text[text.index('data-field="model.name"') :]
    field = field[: field.index("</div>")]
    assert "disabled" in field
    assert "the checkpoint holds the weights of this network" in field
    alpha = text[text.index('data-field="method.alpha"') :]
    assert "disabled" not in alpha[: alpha.index("</div>")]
    assert "kept of epochs 4, 6" in text


def test_a_run_that_can_not_be_forked_has_no_such_form(client: Any, database: Database) -> None:
    logged = client.post("/api/runs/logged", json={"config": {}}).json()["id"]
    for number in (logged, make.submit(database)):
        answer = client.get(f"/runs/{number}/fork", headers={"Accept": "text/html"})
        assert answer.status_code == 404
