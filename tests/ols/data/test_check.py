"""Every image of a dataset read to its end, by the command."""

from __future__ import annotations

from ols.__main__ import main
from ols.data.loading import load_dataset
from ols.spec.datasets.image_folder import ImageFolder
from tests.ols.image_files import write_folder


def check(tmp_path, *arguments):
    return main(["check-data", *arguments, "--data-dir", str(tmp_path), "--processes", "2"])


def test_it_names_every_damaged_file_that_loading_lets_through(tmp_path, capsys):
    write_folder(tmp_path / "toy", train=3)
    damaged = [tmp_path / "toy" / name for name in ("train/red/001.jpg", "val/blue/002.jpg")]
    for path in damaged:
        path.write_bytes(path.read_bytes()[:-200])
    load_dataset(ImageFolder(folder="toy"), tmp_path)  # their heads are sound
    assert check(tmp_path, "image_folder", "--folder", "toy") == 1
    *problems, last = capsys.readouterr().out.splitlines()
    assert [line.partition(" can't be read")[0] for line in problems] == [str(p) for p in damaged]
    assert last == "19 of 21 images can be read"


def test_sound_images_are_counted(tmp_path, capsys):
    write_folder(tmp_path / "toy", train=1, test=1)
    assert check(tmp_path, "image_folder", "--folder", "toy") == 0
    assert check(tmp_path, "digits") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["6 of 6 images can be read", "1,797 of 1,797 images can be read"]


def test_an_absent_dataset_and_a_wrong_folder_are_told(tmp_path, capsys):
    assert check(tmp_path, "cub200") == 1
    assert check(tmp_path, "image_folder", "--folder", "../x") == 2
    error = capsys.readouterr().err
    assert "CUB-200-2011 is not on this machine" in error
    assert "dataset.folder: must be the name of a folder" in error
