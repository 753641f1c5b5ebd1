"""What the demo submits, and that it survives what a user does to its runs meanwhile."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from ols.spec.run_spec import RunSpec
from scripts import demo


class Lab:
    """Answers as the API does."""

    def __init__(self, runs: list[dict[str, Any]]) -> None:
        self.runs = runs
        self.submitted: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.submitted.append(json.loads(request.content))
            return httpx.Response(201, json={"id": 100 + len(self.submitted)})
        if request.url.path == "/api/runs":
            return httpx.Response(200, json={"runs": self.runs})
        if request.url.path == "/api/runs/3/audit/summary":
            return httpx.Response(200, json={"precision_at": {"100": 0.93}})
        for run in self.runs:
            if request.url.path == f"/api/runs/{run['id']}":
                return httpx.Response(200, json=run)
        return httpx.Response(404, json={"error": {"code": "not_found", "message": ""}})

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://lab", transport=httpx.MockTransport(self))


class AliveServices:
    address = "http://lab"

    def keep_running(self) -> None:
        pass


def test_the_three_runs_differ_in_their_method_only() -> None:
    lab = Lab([])
    assert demo.submit(lab.client()) == [101, 102, 103]
    specs = [RunSpec.parse(run["spec"]).model_dump() for run in lab.submitted]
    assert [spec.pop("method")["name"] for spec in specs] == ["hard", "label_smoothing", "ols"]
    assert specs[0] == specs[1] == specs[2]
    noise = specs[0]["noise"]
    assert (noise["kind"], noise["rate"]) == ("symmetric", 0.2)
    assert {run["tags"][0] for run in lab.submitted} == {"demo"}


def test_runs_that_are_there_are_not_submitted_again() -> None:
    first, second, _ = demo.METHODS
    states = {first: "finished", second: "failed"}
    runs = [
        {"id": number, "name": name, "state": state}
        for number, (name, state) in enumerate(states.items(), start=1)
    ]
    lab = Lab(runs)
    assert demo.submit(lab.client()) == [1, 101, 102]
    assert len(lab.submitted) == 2


def test_a_run_deleted_meanwhile_does_not_end_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    run = {
        "id": 1,
        "name": "demo: hard labels",
        "state": "finished",
        "progress": {"epoch": 20, "epochs": 20},
        "summary": {"val_top1": {"last": 0.745}, "val_ece": {"last": 0.179}},
        "error": None,
    }
    demo.watch(AliveServices(), Lab([run]).client(), [1, 2])  # type: ignore[arg-type]
    printed = capsys.readouterr().out
    assert "20/20  top-1 74.5%  ECE 17.9%" in printed
    assert "deleted" in printed
    assert "All done" in printed


def test_it_ends_with_the_address_of_the_ols_runs_audit(capsys: pytest.CaptureFixture[str]) -> None:
    services: Any = AliveServices()
    demo.watch(services, Lab([]).client(), [1, 2, 3])
    printed = capsys.readouterr().out
    assert "http://lab/runs/3/audit" in printed
    assert "Of the 100 most suspicious, 93 are truly wrong." in printed
