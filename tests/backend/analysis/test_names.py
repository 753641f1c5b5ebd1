"""Every metric that the trainer reports has a title and a direction of its own."""

from __future__ import annotations

import pytest

from backend.analysis.formats import metric
from backend.analysis.measures import MEASURES
from backend.analysis.names import is_fraction, metric_title
from backend.store.summary import higher_is_better

TITLES = {
    "val_nll_scaled": "validation NLL after temperature scaling",
    "val_ece_scaled": "validation ECE after temperature scaling",
    "val_temperature": "validation temperature",
    "test_fgsm_top1": "test FGSM top-1",
    "test_pgd_top1": "test PGD top-1",
    "test_best_top1": "test top-1 of the best epoch",
    "test_best_ece_scaled": "test ECE after temperature scaling of the best epoch",
    "test_ensemble_top1": "test top-1 of the ensemble of epochs",
    "test_ensemble_nll": "test NLL of the ensemble of epochs",
    "train_loss": "training loss",
    "train_clean_samples_top1": "training top-1 of the samples with a right label",
    "train_corrupted_samples_top1": (
        "training top-1 of the samples with a wrong label, on their true ones"
    ),
}


@pytest.mark.parametrize("name", TITLES)
def test_titles(name: str) -> None:
    assert metric_title(name) == TITLES[name]


@pytest.mark.parametrize("name", TITLES)
def test_accuracies_are_better_high_and_shares_are_percent(name: str) -> None:
    assert higher_is_better(name) == name.endswith("top1")
    fraction = name.endswith(("top1", "ece_scaled"))
    assert is_fraction(name) == fraction
    assert metric(name, 0.25).endswith("%") == fraction


def test_a_measure_of_correlation_is_better_high() -> None:
    correlations = [one.name for one in MEASURES if one.unit == "correlation"]
    assert correlations
    assert all(higher_is_better(name) for name in correlations)
