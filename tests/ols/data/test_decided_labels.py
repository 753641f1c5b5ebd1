"""Decisions on training labels: by number, after the noise, and refused where they do not fit."""

from __future__ import annotations

import pytest
import torch

from ols.data.decided_labels import decide, read_decisions
from ols.distributed.ranks import Ranks
from ols.errors import SpecError
from ols.training.run_data import load_run_data
from ols.training.trainer import Trainer

LABELS, NUMBERS = torch.tensor([0, 1, 2, 0]), torch.tensor([10, 11, 17, 30])


def test_samples_are_relabelled_or_dropped_by_their_numbers():
    labels, stay = decide(LABELS, NUMBERS, {11: 2, 30: None, 99: 1, 10: 0}, 3)
    assert labels.tolist() == [0, 2, 2, 0]
    assert stay.tolist() == [True, True, True, False]
    assert LABELS.tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("decisions", "said"),
    [({10: 3}, "says class 3"), (dict.fromkeys(NUMBERS.tolist()), "drops every")],
)
def test_what_does_not_fit_is_named(decisions, said):
    with pytest.raises(SpecError, match=rf"labels\.set: .*{said}"):
        decide(LABELS, NUMBERS, decisions, 3)


def test_they_come_after_the_noise_and_the_truth_stays(spec, data_dir):
    noise = {"kind": "symmetric", "rate": 0.3}
    settings = spec(noise=noise, eval_on="holdout")
    cpu = torch.device("cpu")
    before = load_run_data(settings, data_dir, cpu, Ranks())
    wrong = before.train.labels.ne(before.true_labels).nonzero().flatten()[:3].tolist()
    numbers = before.train_numbers[wrong].tolist()
    truth = before.true_labels[wrong].tolist()
    decisions = {numbers[0]: truth[0], numbers[1]: truth[1], numbers[2]: None}
    after = load_run_data(settings, data_dir, cpu, Ranks(), decisions)
    assert after.corrupted == before.corrupted - 3
    assert len(after.train) == len(before.train) - 1
    assert numbers[2] not in after.train_numbers.tolist()
    assert torch.equal(after.validation.labels, before.validation.labels)


def test_a_label_set_is_a_labs(spec, data_dir):
    settings = spec(labels={"set": "mended", "version": 2}, epochs=1)
    with pytest.raises(SpecError, match=r"labels\.set: a lab keeps label sets"):
        Trainer(settings, data_dir=data_dir)
    trainer = Trainer(settings, data_dir=data_dir, decisions={0: None})
    assert trainer.info.train_size == 1437


def test_a_csv_is_read_as_the_lab_writes_it(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("number,label,by,at\n7,2,Ada,2026\n3,,Ada,2026\n")
    assert read_decisions(path) == {7: 2, 3: None}
    for text in ("", "number\n3\n", "number,label\nx,1\n", "number,label\n1,cat\n"):
        path.write_text(text)
        if text:
            with pytest.raises(SpecError, match="no CSV of number,label"):
                read_decisions(path)
