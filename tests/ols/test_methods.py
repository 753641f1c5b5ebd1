"""Tables, catalogue and spec name the same things; the baselines are what they say."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
import torch.nn.functional as F

from ols import catalogue, spec, spec_parts
from ols.data.loading import DATASETS
from ols.methods import METHODS, build_criterion
from ols.models import MODELS
from ols.presets import PRESETS, RECIPES
from ols.spec import RunSpec


@pytest.mark.parametrize(
    ("table", "entries", "names"),
    [
        (METHODS, catalogue.METHODS, spec.MethodName),
        (DATASETS, catalogue.DATASETS, spec.DatasetName),
        (MODELS, catalogue.MODELS, spec.ModelName),
    ],
)
def test_code_catalogue_and_spec_agree(table, entries, names):
    assert list(table) == [entry.name for entry in entries] == list(get_args(names))


def test_every_dataset_has_a_recipe_and_every_preset_is_valid():
    assert set(RECIPES) == set(DATASETS)
    for preset in PRESETS:
        RunSpec.parse(preset.spec)


def test_hard_labels_are_cross_entropy():
    logits, targets = torch.randn(20, 7), torch.randint(7, (20,))
    criterion = build_criterion(spec_parts.HardLabels(), 7)
    assert torch.equal(criterion(logits, targets), F.cross_entropy(logits, targets))


def test_label_smoothing_mixes_with_the_uniform_distribution():
    logits, targets = torch.randn(20, 7), torch.randint(7, (20,))
    criterion = build_criterion(spec_parts.LabelSmoothing(epsilon=0.2), 7)
    target = 0.8 * F.one_hot(targets, 7) + 0.2 / 7
    expected = -(target * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(criterion(logits, targets), expected)


def test_options_of_ols_reach_the_criterion():
    method = spec_parts.OnlineLabelSmoothing(alpha=0.7, counted="all", temperature=2, period=3)
    criterion = build_criterion(method, 7)
    assert (criterion.alpha, criterion.period) == (0.7, 3)
    assert (criterion.statistics.counted, criterion.statistics.temperature) == ("all", 2)
