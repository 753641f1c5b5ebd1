"""A method's settings where its authors use others than its defaults: one table, with sources.

A field's own default is the authors' for CIFAR-100, or follows from the number of classes. A spec
that does not give the field takes it from here, if its dataset has a row. A preset and what is
given come first. docs/methods shows the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AuthorSettings:
    """`fields` of a method on a dataset, and the file of the authors' code that has them."""

    method: str
    dataset: str
    fields: Mapping[str, float]
    source: str


_NOISE_ESTIMATOR = "giorgiop/loss-correction, experiment.py: filter_outlier is off for CIFAR-100"

AUTHOR_SETTINGS = (
    AuthorSettings(
        "sce",
        "cifar10",
        {"alpha": 0.1, "beta": 1.0},
        "YisenWang/symmetric_cross_entropy_for_noisy_labels, train_models.py",
    ),
    AuthorSettings(
        "nce_rce",
        "cifar10",
        {"alpha": 1.0, "beta": 1.0},
        "HanxunH/Active-Passive-Losses, configs/cifar10/sym/nce+rce.yaml",
    ),
    AuthorSettings(
        "elr", "cifar10", {"beta": 0.7, "weight": 3.0}, "shengliu66/ELR, ELR/config_cifar10.json"
    ),
    AuthorSettings(
        "active_negative",
        "cifar10",
        {"alpha": 5.0, "beta": 5.0},
        "Virusdoll/Active-Negative-Loss, config/cifar10_anl_ce.json",
    ),
    AuthorSettings(
        "epsilon_softmax",
        "cifar10",
        {"m": 1e5, "alpha": 0.01, "beta": 5.0},
        "cswjl/eps-softmax, config.py, symmetric noise",
    ),
    AuthorSettings("logit_norm", "cifar10", {"tau": 0.01}, "hongxin001/logitnorm_ood, README.md"),
    AuthorSettings("forward_correction", "cifar100", {"percentile": 100.0}, _NOISE_ESTIMATOR),
    AuthorSettings("backward_correction", "cifar100", {"percentile": 100.0}, _NOISE_ESTIMATOR),
)

_FIELDS = {(row.method, row.dataset): dict(row.fields) for row in AUTHOR_SETTINGS}


def author_settings(method: Any, dataset: Any) -> dict[str, float]:
    """The fields of the method of this name on the dataset of this name that have a row."""
    try:
        return _FIELDS.get((method, dataset), {})
    except TypeError:  # what a wrong spec names is no name, and refused elsewhere
        return {}
