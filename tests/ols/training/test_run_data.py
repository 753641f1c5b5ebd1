from __future__ import annotations

import pytest
import torch

from ols.distributed.ranks import Ranks
from ols.training.run_data import load_run_data

CPU = torch.device("cpu")
NOISE = {"kind": "symmetric", "rate": 0.2}


@pytest.fixture
def load(spec, data_dir):
    return lambda **fields: load_run_data(spec(**fields), data_dir, CPU, Ranks())


def test_noise_reaches_the_training_labels_alone(load):
    clean, noisy = load(eval_on="holdout"), load(eval_on="holdout", noise=NOISE)
    assert clean.corrupted == 0
    assert noisy.corrupted == round(0.2 * len(noisy.train))
    assert torch.equal(noisy.true_labels, clean.train.labels)
    for split in ("validation", "test"):
        assert torch.equal(getattr(noisy, split).labels, getattr(clean, split).labels)


def test_a_holdout_is_taken_from_the_training_set(load):
    on_test, held_out = load(), load(eval_on="holdout", holdout=0.2)
    assert torch.equal(on_test.validation.images, on_test.test.images)
    assert torch.equal(held_out.test.images, on_test.test.images)
    assert len(held_out.train) + len(held_out.validation) == len(on_test.train)
    assert len(held_out.validation) == pytest.approx(0.2 * len(on_test.train), abs=10)
