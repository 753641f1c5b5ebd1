"""Tables, catalogue and spec name the same things; the baselines are what they say."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ols.data.loading import DATASETS
from ols.methods import METHODS, build_criterion
from ols.models import MODELS
from ols.spec import catalogue
from ols.spec.datasets.small import AnyDataset
from ols.spec.methods.smoothing import HardLabels, LabelSmoothing, OnlineLabelSmoothing
from ols.spec.methods.union import AnyMethod
from ols.spec.models.union import AnyModel
from ols.spec.parts.base import names_of
from ols.spec.presets import PRESETS
from ols.spec.recipes import RECIPES
from ols.spec.run_spec import RunSpec


@pytest.mark.parametrize(
    ("table", "entries", "union"),
    [
        (METHODS, catalogue.METHODS, AnyMethod),
        (DATASETS, catalogue.DATASETS, AnyDataset),
        (MODELS, catalogue.MODELS, AnyModel),
    ],
)
def test_code_catalogue_and_spec_agree(table, entries, union):
    assert list(table) == [entry.name for entry in entries] == names_of(union)


def test_every_dataset_has_a_recipe_and_every_preset_is_valid():
    assert set(RECIPES) == set(DATASETS)
    for preset in PRESETS:
        RunSpec.parse(preset.spec)


def test_hard_labels_are_cross_entropy():
    logits, targets = torch.randn(20, 7), torch.randint(7, (20,))
    criterion = build_criterion(HardLabels(), 7)
    assert torch.equal(criterion(logits, targets), F.cross_entropy(logits, targets))


def test_label_smoothing_mixes_with_the_uniform_distribution():
    logits, targets = torch.randn(20, 7), torch.randint(7, (20,))
    criterion = build_criterion(LabelSmoothing(epsilon=0.2), 7)
    target = 0.8 * F.one_hot(targets, 7) + 0.2 / 7
    expected = -(target * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(criterion(logits, targets), expected)


def test_options_of_ols_reach_the_criterion():
    method = OnlineLabelSmoothing(alpha=0.7, counted="all", temperature=2, period=3)
    criterion = build_criterion(method, 7)
    assert (criterion.alpha, criterion.period) == (0.7, 3)
    assert (criterion.statistics.counted, criterion.statistics.temperature) == ("all", 2)
