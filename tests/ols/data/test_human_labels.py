"""CIFAR-N's files: read without unpickling code, and refused in words where they do not fit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

from ols.data.dataset import from_arrays
from ols.data.human_labels import human_labels, read_human_file
from ols.data.noisy_labels import NoisyLabels
from ols.errors import DatasetUnavailable
from ols.spec.run_spec import RunSpec

COUNT = 400
TRUE = np.random.default_rng(0).integers(0, 10, COUNT)


@pytest.fixture
def data():
    images = np.zeros((COUNT, 4, 4), np.uint8)
    return from_arrays("cifar10", tuple("abcdefghij"), (images, TRUE), (images, TRUE))


def wrong(share, seed=1):
    """TRUE with a share of other classes."""
    stream = np.random.default_rng(seed)
    hit = stream.random(COUNT) < share
    return np.where(hit, (TRUE + stream.integers(1, 10, COUNT)) % 10, TRUE)


def write(path, **arrays):
    """As the published files were written."""
    torch.save(arrays, path, pickle_protocol=2)
    return path


def test_labels_are_those_of_the_file(tmp_path, data):
    worse = wrong(0.4)
    path = write(tmp_path / "n.pt", clean_label=TRUE, worse_label=worse.astype(np.int32))
    assert np.array_equal(human_labels(path, "worse", data), worse)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"worse_label": np.array([], np.int64)}, "there is no label in it"),
        ({"worse_label": wrong(0.4)[:-1]}, "399 labels, but cifar10 has 400 training images"),
        ({"worse_label": np.sort(wrong(0.4))}, "another order"),
        ({"worse_label": (TRUE + 1) % 10}, "another order"),
        ({"worse_label": np.where(TRUE == 3, 10, TRUE)}, "label 10 of number .* is no class"),
        ({"worse_label": np.where(TRUE == 3, -1, TRUE)}, "label -1 of number .* is no class"),
        ({"worse_label": TRUE, "clean_label": np.roll(TRUE, 1)}, "clean_label: .*another order"),
        ({"aggre_label": TRUE}, "has no worse_label; it has aggre_label"),
        ({"worse_label": TRUE / 2}, "has no worse_label; it has no labels at all"),
        ({}, "has no worse_label"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(tmp_path, data, arrays, said):
    with pytest.raises(DatasetUnavailable, match=said):
        human_labels(write(tmp_path / "n.pt", **arrays), "worse", data)


def test_absent_and_damaged_files_say_where_to_get_them(tmp_path, data):
    (tmp_path / "damaged.pt").write_bytes(b"PK nothing")
    (tmp_path / "list.pt").write_bytes(b"")
    for name in ("absent.pt", "damaged.pt", "list.pt"):
        with pytest.raises(DatasetUnavailable, match="cifar-10-100n"):
            human_labels(tmp_path / name, "worse", data)


class Code:
    def __reduce__(self):
        return (print, ("the file ran code",))


@pytest.mark.parametrize("harm", [Code(), np.array([Code()], object)])
def test_a_file_that_would_run_code_is_refused(tmp_path, data, harm, capsys):
    path = write(tmp_path / "n.pt", worse_label=harm)
    (tmp_path / "plain.pt").write_bytes(pickle.dumps({"worse_label": harm}))
    for each in (path, tmp_path / "plain.pt"):
        with pytest.raises(DatasetUnavailable, match="damaged or no file of CIFAR-N"):
            human_labels(each, "worse", data)
    assert "ran code" not in capsys.readouterr().out


def test_the_published_files_have_the_published_rates(real_noise):
    """Wei et al., table 1: 9.03, 17.23, 18.12, 17.64, 40.21%; CIFAR-100N 40.20%."""
    ten = read_human_file(real_noise / "CIFAR-10_human.pt")
    hundred = read_human_file(real_noise / "CIFAR-100_human.pt")
    rates = {
        name: round(100 * float((labels != file["clean_label"]).mean()), 2)
        for file in (ten, hundred)
        for name, labels in file.items()
        if name != "clean_label" and "coarse" not in name
    }
    assert rates["aggre_label"] == pytest.approx(9.03, abs=0.03)
    assert rates["worse_label"] == 40.21
    assert [rates[f"random_label{i}"] for i in (1, 2, 3)] == [17.23, 18.12, 17.64]
    assert rates["noisy_label"] == pytest.approx(40.2, abs=0.01)


def test_a_run_trains_on_the_labels_of_its_samples(tmp_path, data):
    worse = wrong(0.4)
    write(tmp_path / "CIFAR-10_human.pt", clean_label=TRUE, worse_label=worse)
    spec = RunSpec.parse({"method": "hard", "dataset": "cifar10", "noise": {"kind": "human"}})
    noise = NoisyLabels(spec.noise, spec.dataset, data, 0, tmp_path)
    numbers = torch.tensor([5, 0, 399])
    assert noise.of(data.train.select(numbers), numbers).tolist() == worse[[5, 0, 399]].tolist()
