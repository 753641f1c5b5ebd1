"""The catalogue says of every metric what it is called, which side is better, how it is written."""

from __future__ import annotations

from typing import get_args

import pytest

from ols.spec.metric import CURVES, WHEN, ChartName, Place
from ols.spec.metrics import METRICS, in_order, metric, shown

TITLES = {
    "val_loss": "validation loss",
    "val_nll_scaled": "validation NLL after temperature scaling",
    "val_temperature": "validation temperature",
    "test_fgsm_top1": "test FGSM top-1",
    "test_best_top1": "test top-1 of the best epoch",
    "test_best_ece_scaled": "test ECE after temperature scaling of the best epoch",
    "test_ensemble_nll": "test NLL of the ensemble of epochs",
    "train_loss": "training loss",
    "train_clean_samples_top1": "training top-1 of the samples with a right label",
}


@pytest.mark.parametrize("name", TITLES)
def test_a_title_is_the_splits_and_the_measures(name):
    assert metric(name).title == TITLES[name]


def test_each_metric_has_its_own_name_and_words():
    for words in ("name", "title", "short"):
        given = [getattr(each, words) for each in METRICS]
        assert len(set(given)) == len(given), words
    assert all(each.help and each.exists in WHEN for each in METRICS)


@pytest.mark.parametrize("each", METRICS, ids=lambda each: each.name)
def test_no_word_is_a_bare_name(each):
    assert "_" not in each.title + each.short
    assert each.heading[0].isupper()
    assert len(each.short) <= 30


def test_accuracies_and_correlations_are_better_high_errors_and_times_low():
    for each in METRICS:
        if each.name.endswith(("top1", "top5")) or each.kind in ("correlation", "rate"):
            assert each.better == "max", each.name
        elif each.name.endswith(("loss", "nll", "ece", "ece_scaled", "memorized", "seconds")):
            assert each.better == "min", each.name


def test_shares_are_fractions_without_a_unit():
    assert not [each.name for each in METRICS if each.kind == "share" and each.unit]
    assert all(each.unit == "nats" for each in METRICS if each.kind == "nats")


def test_every_place_shows_something_in_the_catalogues_order():
    charts = get_args(ChartName)
    places = [p for p in (*charts, *get_args(Place)) if isinstance(p, str)]
    assert set(CURVES) <= set(charts)
    for place in places:
        names = [each.name for each in shown(place)]
        assert names, place
        assert names == in_order(names)
    assert {place for each in METRICS for place in each.shown} <= set(places)


def test_order_puts_unknown_names_last_by_the_alphabet():
    assert in_order({"lr", "zebra", "val_top1", "ant"}) == ["val_top1", "lr", "ant", "zebra"]


@pytest.mark.parametrize(
    ("name", "title", "kind", "better"),
    [
        ("train_ece", "training ECE", "share", "min"),  # a known measure of another split
        ("test_best_nll", "test NLL of the best epoch", "nats", "min"),
        ("val_f1", "validation f1", "plain", "max"),
        ("teacher_top1", "teacher top1", "share", "max"),
        ("contrastive_loss", "contrastive loss", "plain", "min"),
        ("my/Error", "my/Error", "plain", "min"),
        ("val", "val", "plain", "max"),
        ("", "", "plain", "max"),
    ],
)
def test_a_name_that_is_not_ours_says_what_it_can(name, title, kind, better):
    derived = metric(name)
    assert (derived.name, derived.title, derived.kind, derived.better) == (
        name,
        title,
        kind,
        better,
    )


def test_the_best_of_values_and_a_change_for_the_better():
    assert metric("val_top1").best([0.1, 0.3]) == 0.3
    assert metric("val_ece").best([0.1, 0.3]) == 0.1
    assert metric("lr").best([0.1, 0.3]) is None
    assert metric("val_top1").best([]) is None
    gaps = [metric(name).improves(0.1) for name in ("val_top1", "val_ece", "lr")]
    assert gaps == [True, False, False]
    assert metric("val_ece").improves(-0.1)
    assert not metric("val_ece").improves(0.0)


def test_what_exists_every_epoch():
    names = {each.name for each in METRICS if each.every_epoch(noisy=False)}
    assert "val_top1" in names
    assert not names & {"train_memorized", "test_top1", "test_fgsm_top1", "soft_rank_superclass"}
    assert metric("train_memorized").every_epoch(noisy=True)


@pytest.mark.parametrize(
    ("name", "which", "eval_on", "words"),
    [
        ("val_top1", "last", "test", ""),
        ("val_top1", "best", "test", "epoch picked on test"),
        ("val_ece", "best", "holdout", "epoch picked on holdout"),
        ("val_top1", "best", None, "epoch picked on validation"),
        ("train_top1", "best", "holdout", "epoch picked on training"),
        ("val_ece_scaled", "last", "test", "temperature fitted on test"),
        ("val_nll_scaled", "last", "holdout", "temperature fitted on holdout"),
        ("test_ece_scaled", "last", "holdout", ""),
        ("test_ensemble_nll_scaled", "last", "holdout", ""),
        ("test_ensemble_nll_scaled", "last", "test", "temperature fitted on test"),
        ("test_best_top1", "best", "holdout", ""),
        ("test_top1", "best", "holdout", ""),
        ("soft_kl_confusion", "best", "test", ""),
        ("lr", "best", "test", ""),
    ],
)
def test_what_was_picked_or_fitted_where_it_is_measured_says_so(name, which, eval_on, words):
    """A holdout's epoch and temperature are new to the test set, which is measured once."""
    assert metric(name).caveat(which, eval_on) == words


def test_no_fitted_measure_goes_without_its_mark():
    assert {one.name for one in METRICS if one.caveat(eval_on="test")} == {
        one.name for one in METRICS if one.name.endswith("_scaled")
    }
