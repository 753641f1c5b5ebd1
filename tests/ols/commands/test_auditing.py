"""`ols audit` writes which labels look wrong, without a lab."""

from __future__ import annotations

import csv

import pytest

from ols.__main__ import main
from ols.spec.audit_scores import SCORE_NAMES
from tests.ols.image_files import CLASSES, write_folder


@pytest.fixture
def folder(tmp_path):
    """Colours by class, of which two red images lie among the blue ones."""
    write_folder(tmp_path / "colours", train=14, test=4)
    train = tmp_path / "colours" / "train"
    for name in ("001.jpg", "002.jpg"):
        (train / "red" / name).rename(train / "blue" / f"red-{name}")
    return tmp_path / "colours"


@pytest.mark.slow
def test_a_folders_images_stand_in_a_csv_the_most_suspicious_first(folder, tmp_path, capsys):
    out = tmp_path / "suspects.csv"
    settings = ["--epochs", "12", "--batch-size", "8", "--threads", "1"]
    settings += ["--set", "dataset.size=16", "--set", "dataset.workers=0"]
    assert main(["audit", "--data", str(folder), "--out", str(out), *settings]) == 0
    rows = list(csv.DictReader(out.open()))
    assert len(rows) == 14 * len(CLASSES)
    assert [float(row["label_score"]) for row in rows] == sorted(
        float(row["label_score"]) for row in rows
    )
    assert {row["given_name"] for row in rows} == set(CLASSES)
    assert all(name in rows[0] for name in SCORE_NAMES)
    first = [row["image"] for row in rows[:4]]
    assert sum("red-00" in image for image in first) == 2
    assert "42 labels" in capsys.readouterr().out


def test_it_asks_for_data(tmp_path, capsys):
    out = ["--out", str(tmp_path / "x.csv")]
    assert main(["audit", *out]) == 2
    assert "--data: name a folder of images" in capsys.readouterr().err
    assert main(["audit", "--data", str(tmp_path), "--dataset", "digits", *out]) == 2
    assert "not both" in capsys.readouterr().err
    assert main(["audit", "--data", str(tmp_path / "absent"), *out]) == 1
    assert "No images" in capsys.readouterr().err
