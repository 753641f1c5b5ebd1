"""Figures that papers printed, to stand beside ours where the setting is the same.

Top-1 errors in percent, means of three runs: from the tables in the authors' repository, and from a
third-party review note of the paper. Marked as published wherever they are shown. Left out is what
no setting is known for (which of the two Tf-KD, the MaxSup paper's re-runs, CIFAR under noise).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_OLS = "Zhang et al., IEEE TIP 2021"
_REVIEW = f"{_OLS}, after a review note"


@dataclass(frozen=True)
class Published:
    """One figure: `top1` as a fraction, like ours."""

    top1: float
    source: str


_Setting = tuple[str, str, int, float]  # dataset, model, epochs, noise rate


_THREE = "hard label_smoothing ols"


def _errors(source: str, methods: str, *errors: float) -> dict[str, Published]:
    pairs = zip(methods.split(), errors, strict=True)
    return {method: Published(round(1 - error / 100, 6), source) for method, error in pairs}


def _fine(*errors: float) -> dict[str, Published]:
    return _errors(_OLS, _THREE, *errors)


FIGURES: dict[_Setting, dict[str, Published]] = {
    ("cifar100", "cifar_resnet56", 300, 0.0): _errors(_REVIEW, _THREE, 26.81, 26.37, 25.24),
    ("cifar100", "cifar_resnext29_2x64d", 300, 0.0): _errors(_REVIEW, _THREE, 20.92, 20.34, 18.81),
    ("imagenet", "resnet50", 250, 0.0): _errors(_REVIEW, _THREE, 23.68, 22.82, 22.28),
    ("imagenet", "resnet101", 250, 0.0): _errors(_REVIEW, _THREE, 21.87, 21.27, 20.85),
    ("cub200", "resnet50", 100, 0.0): _fine(19.19, 18.11, 17.53),
    ("flowers102", "resnet50", 100, 0.0): _fine(9.31, 7.58, 7.14),
    ("stanford_cars", "resnet50", 100, 0.0): _fine(9.58, 8.32, 7.46),
    ("fgvc_aircraft", "resnet50", 100, 0.0): _fine(11.88, 9.92, 9.19),
    ("cub200", "mobilenet_v2", 100, 0.0): _fine(22.24, 21.33, 20.05),
    ("flowers102", "mobilenet_v2", 100, 0.0): _fine(8.97, 8.06, 7.27),
    ("stanford_cars", "mobilenet_v2", 100, 0.0): _fine(11.71, 10.17, 9.25),
    ("fgvc_aircraft", "mobilenet_v2", 100, 0.0): _fine(13.16, 12.05, 10.53),
    ("cub200", "efficientnet_b7", 100, 0.0): _fine(18.44, 17.40, 16.21),
    ("flowers102", "efficientnet_b7", 100, 0.0): _fine(9.50, 9.42, 8.16),
    ("stanford_cars", "efficientnet_b7", 100, 0.0): _fine(9.24, 8.42, 7.53),
    ("fgvc_aircraft", "efficientnet_b7", 100, 0.0): _fine(11.61, 9.60, 8.83),
}


# What else the papers' runs share: another value is another experiment.
_SHARED: dict[str, Any] = {"eval_on": "test", "augment.mix": "none", "augment.cutout": 0}
_OF_METHOD: dict[str, dict[str, Any]] = {
    "hard": {},
    "label_smoothing": {"method.epsilon": 0.1},
    "ols": {"method.alpha": 0.5, "method.period": 1, "method.counted": "correct"},
}


def published(specs: list[Mapping[str, Any]]) -> Published | None:
    """The figure for a cell whose runs have these flattened specs; None unless all share one."""
    figures = {_lookup(spec) for spec in specs}
    return figures.pop() if len(figures) == 1 else None


def _lookup(spec: Mapping[str, Any]) -> Published | None:
    """None, too, of a logged run, whose own words need not be a spec's."""
    setting: Any = tuple(map(spec.get, ("dataset.name", "model.name", "epochs", "noise.rate")))
    method: Any = spec.get("method.name")
    wanted = _SHARED | _OF_METHOD.get(method, {})
    if any(spec.get(path) != value for path, value in wanted.items()):
        return None
    return FIGURES.get(setting, {}).get(method)
