"""Five folds beside the audit: no network is asked about samples that it was trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import study_out_of_sample as study
from ols.distributed.ranks import Ranks
from ols.spec.run_spec import RunSpec
from ols.training.run_data import load_run_data

SPEC = RunSpec.parse(
    {"method": "hard", "dataset": "digits", "noise": {"kind": "symmetric", "rate": 0.4}}
)


def test_each_sample_is_judged_by_a_network_that_never_saw_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[set[int]] = []

    class Fake:
        def __init__(self, spec: RunSpec, *, decisions: dict[int, int | None], **_: Any) -> None:
            assert set(decisions.values()) == {None}
            trained.append(set(decisions))

        def __iter__(self) -> Any:
            return iter(())

    data = load_run_data(SPEC, tmp_path, torch.device("cpu"), Ranks())
    count = len(data.train)
    monkeypatch.setattr(study, "Trainer", Fake)
    monkeypatch.setattr(study, "predictions", lambda *_: np.full((count, 10), len(trained)))
    judges = study.out_of_sample(SPEC, data, tmp_path)[:, 0]
    assert sorted(set(judges)) == [1, 2, 3, 4, 5]
    for number, judge in zip(data.train_numbers.tolist(), judges, strict=True):
        assert number in trained[int(judge) - 1]


def test_a_network_that_knows_finds_every_wrong_label(tmp_path: Path) -> None:
    data = load_run_data(SPEC, tmp_path, torch.device("cpu"), Ranks())
    known = 0.9 * np.eye(10)[data.true_labels.numpy()] + 0.01
    row = study.found_by(known, data)
    assert row["wrong"] == int(data.corrupted)
    assert set(row["precision"].values()) == set(row["auroc"].values()) == {1.0}


def test_every_noisy_setting_is_taken_once_with_hard_labels(tmp_path: Path) -> None:
    noises = [{"kind": "none"}, {"kind": "symmetric", "rate": 0.4}]
    grid = {"noise": noises, "method": ["hard", "ols"], "seed": [0, 1]}
    sweep = {"name": "s", "spec": {"dataset": "digits"}, "grid": grid}
    (tmp_path / "one.sweep.json").write_text(json.dumps(sweep))
    taken = [(spec.seed, spec.noise.words) for spec in study.settings(tmp_path, [1, 0])]
    assert taken == [(1, "40%"), (0, "40%")]
