"""The form lists the image folders that are there."""

from __future__ import annotations

from pathlib import Path

from backend.pages.new_run.folders import image_folders


def test_folders_with_a_training_part_are_listed(tmp_path: Path) -> None:
    for name in ("zebras/train/a", "flowers/train/b", ".hidden/train/c", "digits/raw"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file").touch()
    assert image_folders(tmp_path) == ["flowers", "zebras"]
    assert image_folders(tmp_path / "nothing") == []
    assert image_folders(tmp_path / "file") == []
