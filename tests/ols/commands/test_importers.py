"""What the readers take from other trackers' files, and what they leave out with a reason."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from ols.commands.importers.mlflow_store import read_mlflow
from ols.commands.importers.tables import read_csv, read_parquet
from ols.commands.importers.tensorboard_dir import read_tensorboard
from ols.commands.importers.trackio_dir import read_trackio
from ols.errors import LabError

LONG = """run,name,epoch,step,time,value
a,val_top1,1,,2026-11-29T10:00:00Z,0.5
a,val_top1,2,,2026-11-29T11:00:00Z,
b,loss,,7,,2.5
"""


def points(run):
    return list(run.points())


def test_a_long_csv_holds_several_runs(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(LONG)
    a, b = read_csv(str(path))
    assert points(a) == [
        {"epoch": 1, "time": "2026-11-29T10:00:00+00:00", "metrics": {"val_top1": 0.5}},
        {"epoch": 2, "time": "2026-11-29T11:00:00+00:00", "metrics": {"val_top1": None}},
    ]
    assert points(b) == [{"step": 7, "metrics": {"loss": 2.5}}]
    assert a.identity != b.identity


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_wide_table_has_a_column_for_each_metric(tmp_path, form):
    table = pd.DataFrame(
        {"step": [0, 1], "loss": [2.0, np.nan], "acc,top1": [0, 1], "note": ["", "x"]}
    )
    path = tmp_path / f"mine.{form}"
    table.to_csv(path, index=False) if form == "csv" else table.to_parquet(path)
    (run,) = read_csv(str(path)) if form == "csv" else read_parquet(str(path))
    assert (run.name, run.values) == ("mine", 3)
    assert points(run) == [
        {"step": 0, "metrics": {"loss": 2.0, "acc;top1": 0.0}},
        {"step": 1, "metrics": {"acc;top1": 1.0}},
    ]
    assert dict(run.left_out) == {"column 'note': no numbers": 1}


@pytest.mark.parametrize(
    ("content", "says"),
    [("loss\n1\n", "neither a column `epoch` nor `step`; it has loss"), ("", "can't be read")],
)
def test_what_is_no_table_of_metrics_is_refused(tmp_path, content, says):
    path = tmp_path / "no.csv"
    path.write_text(content)
    with pytest.raises(LabError, match=says):
        list(read_csv(str(path)))
    with pytest.raises(LabError, match="can't be read"):
        list(read_csv(str(tmp_path / "nowhere.csv")))


def test_tensorboards_scalars_are_metrics_by_step(tmp_path):
    from torch.utils.tensorboard import SummaryWriter

    for name in ("one", "two"):
        with SummaryWriter(str(tmp_path / name)) as writer:
            for step in range(3):
                writer.add_scalar("loss/train", 1 / (step + 1), step, walltime=1_700_000_000 + step)
            writer.add_histogram("weights", np.arange(4), 0)
    one, two = read_tensorboard(str(tmp_path))
    assert (one.name, two.name) == ("one", "two")
    assert [point["step"] for point in points(one)] == [0, 1, 2]
    assert points(one)[1]["metrics"]["loss/train"] == pytest.approx(0.5)
    assert datetime.fromisoformat(points(one)[0]["time"]).timestamp() == 1_700_000_000
    assert sum(one.left_out.values()) == 1, "the histogram"


def test_a_folder_without_event_files_is_refused(tmp_path):
    with pytest.raises(LabError, match="no event files"):
        list(read_tensorboard(str(tmp_path)))


def test_mlflows_parameters_are_the_config_and_its_history_is_kept(tmp_path, monkeypatch):
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = str(tmp_path / "mlruns")  # a database takes 15 seconds to migrate
    client = MlflowClient(tracking_uri=uri)
    experiment = client.create_experiment("digits", artifact_location=str(tmp_path / "artifacts"))
    for name, status in (("good", "FINISHED"), ("bad", "FAILED")):
        run = client.create_run(experiment, run_name=name).info.run_id
        client.log_param(run, "lr", "0.1")
        client.log_param(run, "layers", 3)
        client.log_param(run, "optimizer", "sgd")
        for step in range(2):
            client.log_metric(
                run, "val_loss", 1.0 - step / 2, timestamp=1_700_000_000_000, step=step
            )
        client.set_tag(run, "team", "mine")
        client.set_terminated(run, status)
    runs = {run.name: run for run in read_mlflow(uri)}
    good = runs["good"]
    assert good.config == {"lr": 0.1, "layers": 3, "optimizer": "sgd"}
    assert [point["metrics"]["val_loss"] for point in points(good)] == [1.0, 0.5]
    assert datetime.fromisoformat(points(good)[0]["time"]) == datetime.fromtimestamp(
        1_700_000_000, UTC
    )
    assert (good.state, runs["bad"].state) == ("finished", "failed")
    assert good.tags == ["digits"]
    assert good.left_out["tags"] == 1


def trackio_project(path, *, configs=True):
    """As Trackio writes it."""
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, "
        "run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL)"
    )
    rows = [
        ("2026-11-29T10:00:00", "zebra-1", 0, {"loss": 2.0, "best": "Infinity"}),
        ("2026-11-29T10:00:01", "zebra-1", 1, {"loss": 1.0, "sample": {"_type": "trackio.image"}}),
        ("2026-11-29T10:00:02", "ant-2", 0, {"loss": 3.0, "note": "hello"}),
    ]
    database.executemany(
        "INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?)",
        [(*row, json.dumps(metrics)) for *row, metrics in rows],
    )
    if configs:
        database.execute(
            "CREATE TABLE configs (id INTEGER, run_name TEXT, config TEXT, created_at TEXT)"
        )
        config = json.dumps({"lr": 0.1, "_Username": "me"})
        database.execute("INSERT INTO configs VALUES (1, 'zebra-1', ?, '')", (config,))
    database.commit()
    database.close()


def test_trackios_projects_are_read_as_they_lie(tmp_path):
    trackio_project(tmp_path / "digits.db")
    before = (tmp_path / "digits.db").read_bytes()
    zebra, ant = read_trackio(str(tmp_path))
    assert (zebra.name, ant.name, zebra.tags) == ("zebra-1", "ant-2", ["digits"])
    assert zebra.config == {"lr": 0.1}
    assert points(zebra)[0]["metrics"] == {"loss": 2.0, "best": None}
    assert points(zebra)[0]["time"] == "2026-11-29T10:00:00+00:00"
    assert dict(zebra.left_out) == {"trackio.image": 1}
    assert dict(ant.left_out) == {"texts and lists": 1}
    assert (tmp_path / "digits.db").read_bytes() == before


def test_an_early_trackio_kept_no_configs(tmp_path):
    trackio_project(tmp_path / "digits.db", configs=False)
    assert [run.config for run in read_trackio(str(tmp_path))] == [{}, {}]


def test_what_is_no_project_of_trackio_is_refused(tmp_path):
    with pytest.raises(LabError, match="no projects"):
        list(read_trackio(str(tmp_path)))
    (tmp_path / "other.db").write_text("not a database, though it has the name of one" * 100)
    with pytest.raises(LabError, match="no project of Trackio"):
        list(read_trackio(str(tmp_path)))
