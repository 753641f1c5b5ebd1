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


def test_a_noisy_holdout_is_wrong_by_draws_of_its_own_and_the_test_set_stays_clean(load):
    clean, noisy = (
        load(eval_on="holdout", noise={**NOISE, "holdout": held_out}) for held_out in (False, True)
    )
    wrong = noisy.validation.labels.ne(clean.validation.labels)
    assert int(wrong.sum()) == round(0.2 * len(noisy.validation))
    assert torch.equal(noisy.train.labels, clean.train.labels)
    assert torch.equal(noisy.test.labels, clean.test.labels)


def test_numbers_count_in_the_whole_training_part(load):
    whole, held_out = load(), load(eval_on="holdout")
    assert torch.equal(whole.train_numbers, torch.arange(len(whole.train)))
    numbers = torch.cat([held_out.train_numbers, held_out.validation_numbers])
    assert torch.equal(numbers.sort().values, whole.train_numbers)
    assert torch.equal(whole.train.images[held_out.train_numbers], held_out.train.images)


def test_labels_of_a_file_reach_the_samples_of_their_numbers(load, data_dir):
    whole = load(eval_on="holdout")
    number = int(whole.train_numbers[5])
    other = (int(whole.train.labels[5]) + 1) % 10
    (data_dir / "own.csv").write_text(f"number,label\n{number},{other}\n")
    noisy = load(eval_on="holdout", noise={"kind": "file", "file": "own.csv"})
    assert noisy.train.labels.ne(whole.train.labels).nonzero().flatten().tolist() == [5]
    assert (noisy.corrupted, int(noisy.train.labels[5])) == (1, other)


@pytest.mark.parametrize(
    "noise",
    [
        {"kind": "asymmetric", "rate": 0.3, "map": {"1": "7", "7": "1"}},
        {"kind": "instance", "rate": 0.3},
    ],
)
def test_the_realised_matrix_is_counted_from_the_labels(load, noise):
    data = load(noise=noise)
    matrix, true = data.transition_matrix(), data.true_labels
    assert matrix.sum(1) == pytest.approx(1, abs=1e-6)
    share = float(data.train.labels[true == 1].eq(7).double().mean())
    assert matrix[1, 7] == pytest.approx(share, abs=1e-6)
    counts = true.bincount(minlength=10).numpy()
    assert ((1 - matrix.diagonal()) * counts).sum() == pytest.approx(data.corrupted, abs=1e-3)
