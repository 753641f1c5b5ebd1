"""A method that remembers samples remembers each in its own row: with a smaller last batch, a
holdout, a part of each class, files, and across a resume. (Two processes: distributed/test_ranks.)
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ols.data.loading import load_dataset
from ols.spec import catalogue
from ols.spec.datasets.image_folder import ImageFolder
from ols.spec.run_spec import RunSpec
from tests.ols.image_files import write_folder
from tests.ols.remembered import METHODS, expected, grey_dataset, train_and_resume


def name_of(method):
    return method["name"]


def check(remembered, method):
    row = expected(method, remembered.answers, remembered.given)
    np.testing.assert_allclose(remembered.row, row, atol=1e-6)


def test_every_method_that_remembers_samples_is_tried():
    remembering = [e.name for e in catalogue.METHODS if e.part.remembers_samples]
    assert sorted(map(name_of, METHODS)) == sorted(remembering)


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_an_image_finds_its_own_row_among_1003(tmp_path, method):
    remembered = train_and_resume(method, tmp_path, grey_dataset)
    assert remembered.samples == 1003
    check(remembered, method)


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_among_a_part_of_each_class(tmp_path, data_dir, method):
    dataset = {"name": "glyphs", "train_per_class": 5, "test_per_class": 1}
    part = RunSpec.parse({"method": "hard", "dataset": dataset}).dataset
    fields = {"dataset": dataset, "eval_on": "test"}
    remembered = train_and_resume(method, tmp_path, lambda: load_dataset(part, data_dir), **fields)
    assert remembered.samples == 5 * 62
    check(remembered, method)


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_among_files(tmp_path, method):
    write_folder(tmp_path / "toy", train=15, test=2)
    Image.new("RGB", (20, 30), "white").save(tmp_path / "toy" / "train" / "green" / "white.png")
    dataset = {"name": "image_folder", "folder": "toy", "size": 16, "workers": 0}
    part = ImageFolder(**dataset)
    fields = {"dataset": dataset, "eval_on": "test", "batch_size": 7, "augment": {"flip": True}}
    remembered = train_and_resume(
        method, tmp_path / "run", lambda: load_dataset(part, tmp_path), **fields
    )
    assert (remembered.samples, remembered.given) == (46, 1)
    check(remembered, method)
