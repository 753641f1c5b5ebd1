"""The client against a real lab: submitting, reading, and runs of one's own loop."""

from __future__ import annotations

import pandas as pd
import pytest

from ols.client import Lab
from ols.errors import LabRefused, LabUnreachable
from ols.spec.run_spec import RunSpec
from tests.ols.client.fixtures import TOKEN


@pytest.fixture
def lab(server):
    return Lab(server.url, TOKEN)


def test_a_submitted_run_is_read_waited_for_and_cancelled(lab):
    spec = {"method": "ols", "dataset": "digits"}
    run = lab.submit(spec, name="from the client", tags=["client"])
    assert (run.state, run.name) == ("queued", "from the client")
    assert run.url == f"{lab.url}/runs/{run.id}"
    assert lab.get(run.id).data["tags"] == ["client"]
    with pytest.raises(TimeoutError, match="still queued"):
        run.wait(0.0, every=0.01)
    assert run.cancel().wait().state == "cancelled"
    with pytest.raises(LabRefused) as refused:
        run.cancel()
    assert refused.value.status == 409


def test_a_fork_is_asked_for_with_its_changes(lab):
    run = lab.submit({"method": "ols", "dataset": "digits"})
    with pytest.raises(LabRefused) as refused:
        run.fork(1, {"method.alpha": 0.9}, start={"seed": 3}, retrain=True)
    assert (refused.value.status, refused.value.fields[0].path) == (422, "epoch")
    grid = {"method.alpha": [0.1, 0.9], "start.seed": [0, 1]}
    with pytest.raises(LabRefused) as refused:
        run.forks(1, grid, retrain=True)
    assert refused.value.fields[0].path == "forks.0.epoch"


def test_a_run_spec_is_submitted_as_it_is(lab):
    spec = RunSpec.parse({"method": {"name": "ols", "alpha": 0.7}, "dataset": "digits"})
    assert lab.submit(spec).data["spec"]["method"]["alpha"] == 0.7


def test_runs_come_whole_whatever_their_number_and_as_a_frame(lab, monkeypatch):
    monkeypatch.setattr("ols.client.lab._PAGE", 2)
    for alpha in (0.1, 0.2, 0.3, 0.4, 0.5):
        lab.submit({"method": {"name": "ols", "alpha": alpha}, "dataset": "glyphs"}, tags=["five"])
    rows = lab.runs(tag="five", state=["queued", "running"], sort="id")
    assert [row["spec"]["method"]["alpha"] for row in rows] == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert len(lab.runs(tag="five", limit=3)) == 3
    frame = lab.runs(tag="five", where=["spec.method.alpha>=0.3"], sort="id").frame()
    assert frame["spec.method.alpha"].tolist() == [0.3, 0.4, 0.5]
    assert frame["spec.dataset.name"].unique().tolist() == ["glyphs"]
    assert len(lab.runs(tag="five", limit=3).frame()) == 3
    assert frame["tags"].tolist() == [["five"]] * 3
    assert isinstance(frame["created_at"].dtype, pd.DatetimeTZDtype)


def test_a_frame_keeps_texts_as_they_are(lab):
    for name in ("007", "None", "=1+1", "a, b\nc"):
        lab.submit({"method": "hard", "dataset": "digits"}, name=name, tags=["texts"])
    frame = lab.runs(tag="texts", sort="id").frame()
    assert frame["name"].tolist() == ["007", "None", "=1+1", "a, b\nc"]


def test_a_frame_has_runs_of_both_kinds(lab):
    """A logged run has no spec: a column of true and false has gaps."""
    noise = {"kind": "symmetric", "rate": 0.2, "holdout": True}
    spec = {"method": "hard", "dataset": "digits", "noise": noise, "eval_on": "holdout"}
    lab.submit(spec, name="trained", tags=["both"])
    with lab.run("logged", config={"lr": 0.1, "note": "=x"}, tags=["both"]) as run:
        run.log(epoch=1, loss=0.5)
    frame = lab.runs(tag="both", sort="id").frame().set_index("name")
    assert frame.loc["trained", "spec.noise.holdout"] is True
    assert pd.isna(frame.loc["logged", "spec.noise.holdout"])
    assert (frame.loc["logged", "config.lr"], frame.loc["logged", "config.note"]) == (0.1, "=x")
    assert pd.isna(frame.loc["trained", "config.note"])


def test_what_the_lab_refuses_names_field_and_mend(lab):
    with pytest.raises(LabRefused, match=r"spec\.method\.alpha") as refused:
        lab.submit({"method": {"name": "ols", "alpha": 7}})
    assert refused.value.fields[0].path == "spec.method.alpha"
    with pytest.raises(LabRefused, match="no state"):
        len(lab.runs(state="done"))


def test_a_wrong_token_is_refused_and_no_server_is_no_answer(server):
    with pytest.raises(LabRefused) as refused:
        len(Lab(server.url, "another token").runs())
    assert refused.value.status == 401
    with pytest.raises(LabUnreachable, match="does not answer"):
        len(Lab("http://127.0.0.1:9").runs())


def test_a_frame_of_runs_without_tags(lab):
    lab.submit({"method": "hard", "dataset": "digits"}, name="untagged frame")
    frame = lab.runs(q="untagged frame").frame()
    assert frame["tags"].tolist() == [[]]
