"""The zip file for a bug report holds what helps, and no secret."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from backend.cli.bundle import bundle
from backend.core.settings import Settings
from backend.store.database import Database
from tests.support import factories as make
from tests.support.commands import backend


def read(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_holds_versions_settings_doctor_logs_and_the_run(
    config: Settings, database: Database, tmp_path: Path
) -> None:
    run_id = make.trained(database, epochs=2)
    make.take_folder(config, database, run_id)
    log = config.log_path(run_id)
    log.write_text("epoch 2/2\n")
    (config.data_dir / "logs").mkdir()
    (config.data_dir / "logs" / "web.log").write_text("x" * 600_000 + "the end")
    assert bundle(config, [run_id], tmp_path / "b.zip") == []
    found = read(tmp_path / "b.zip")
    assert "numpy" in json.loads(found["versions.json"])["packages"]
    assert "database" in found["doctor.txt"]
    assert found["logs/web.log"].endswith("the end")
    assert len(found["logs/web.log"]) < 600_000
    assert json.loads(found[f"runs/{run_id}/run.json"])["spec"]["method"]["name"] == "ols"
    assert json.loads(found[f"runs/{run_id}/attempts.json"])[0]["outcome"] == "finished"
    assert json.loads(found[f"runs/{run_id}/metrics.json"])["epochs"] == [1, 2]
    assert found[f"runs/{run_id}/train.log"] == "epoch 2/2\n"


def test_no_secret_gets_into_it(
    config: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-aws")
    settings = Settings(
        _env_file=None,
        data_dir=config.data_dir,
        token="hush-hush-token-x",
        broker_url="redis://:hush-redis@127.0.0.1:1/0",
    )
    run_id = make.submit(database, name="hush-hush-token-x in a name")
    (config.data_dir / "logs").mkdir()
    (config.data_dir / "logs" / "worker.log").write_text(
        "GET /?token=hush-hush-token-x, key hush-aws"
    )
    bundle(settings, [run_id], tmp_path / "b.zip")
    for name, content in read(tmp_path / "b.zip").items():
        assert "hush" not in content, name


def test_what_is_not_there_is_said(config: Settings, tmp_path: Path) -> None:
    [missing] = bundle(config, [99], tmp_path / "b.zip")
    assert "no run 99" in missing
    assert "no run 99" in read(tmp_path / "b.zip")["missing.txt"]


def test_the_command_works_without_a_database(tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    result = backend(tmp_path, "bundle", "--run", "1", "--out", str(out))
    assert result.returncode == 0, result.stderr
    assert "no tables yet" in read(out)["missing.txt"]
    assert "FAIL database" in read(out)["doctor.txt"]
    wrong = backend(tmp_path, "bundle", "--run", "x")
    assert (wrong.returncode, "not a run number" in wrong.stderr) == (2, True)
    assert backend(tmp_path, "doctor").returncode == 1
