"""The trainer on files: it learns, resumes bit for bit, holds out, and adds noise."""

from __future__ import annotations

import pytest
import torch

from ols.errors import DatasetUnavailable
from ols.training.trainer import Trainer
from tests.ols.image_files import write_folder
from tests.ols.training.test_trainer import NOISE, assert_same


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    write_folder(path / "toy", train=20)
    return path


@pytest.fixture
def made(spec):
    def make(workers=0, size=16, **fields):
        dataset = {"name": "image_folder", "folder": "toy", "size": size, "workers": workers}
        fields = {"method": "hard", "batch_size": 16, "model": {"width": 8}, **fields}
        return spec(dataset=dataset, **fields)

    return make


def test_it_learns_colours(made, folder):
    trainer = Trainer(made(epochs=8), data_dir=folder)
    assert trainer.info.classes == ("blue", "green", "red")
    assert (trainer.info.train_size, trainer.info.val_size) == (60, 12)
    assert list(trainer)[-1].metrics["val_top1"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(("eval_on", "workers"), [("test", 0), ("holdout", 2)])
def test_resume_is_bit_identical_with_another_number_of_workers_too(
    made, folder, tmp_path, eval_on, workers
):
    fields = {"epochs": 3, "eval_on": eval_on, "holdout": 0.2, "noise": NOISE}
    whole = list(Trainer(made(**fields), data_dir=folder))
    spec = made(workers=workers, **fields)
    first = Trainer(spec, data_dir=folder, checkpoint_dir=tmp_path)
    reports = [next(iter(first))]
    first.save()
    torch.manual_seed(99)  # whatever else the process did
    reports += Trainer(spec, data_dir=folder, checkpoint_dir=tmp_path)
    for report, other in zip(whole, reports, strict=True):
        assert_same(report, other)


def test_holdout_and_noise_are_those_of_other_datasets(made, folder):
    spec = made(eval_on="holdout", holdout=0.2, noise=NOISE, epochs=1)
    trainer = Trainer(spec, data_dir=folder)
    assert (trainer.info.train_size, trainer.info.val_size) == (48, 12)
    assert trainer.info.corrupted == round(0.2 * 48)
    assert not set(trainer._data.train.paths) & set(trainer._data.validation.paths)
    (report,) = trainer
    assert {"test_top1", "train_memorized"} <= set(report.metrics)


def test_a_damaged_file_ends_the_run_with_its_name(made, tmp_path):
    write_folder(tmp_path / "toy", train=4)
    (tmp_path / "toy" / "val" / "green" / "000.png").write_bytes(b"\x89PNG")
    with pytest.raises(DatasetUnavailable, match=r"val/green/000\.png"):
        list(Trainer(made(), data_dir=tmp_path))


def test_it_trains_on_64_pixels(made, folder):
    (report,) = Trainer(made(size=64, epochs=1), data_dir=folder)
    assert report.metrics["train_loss"] > 0


def test_its_batches_can_be_cut_out_and_mixed(made, folder):
    mixing = {"mix": "mixup", "cutout": 4}
    reports = list(Trainer(made(augment=mixing, epochs=4), data_dir=folder, threads=1))
    assert reports[-1].metrics["val_top1"] > 0.9
