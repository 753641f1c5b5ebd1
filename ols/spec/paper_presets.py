"""The paper's experiments as presets, and of each a short variant that a laptop finishes.

Settings are those of the paper's code (recipes.py); what differs is said here. The method is
OLS; the paper's tables compare it with others on the same preset.
"""

from __future__ import annotations

from typing import Any

from ols.spec.preset import Preset
from ols.spec.recipes import RECIPES

CIFAR = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}
FINE_GRAINED = {
    "cub200": "CUB-200-2011",
    "flowers102": "Flowers-102",
    "stanford_cars": "Stanford Cars",
    "fgvc_aircraft": "FGVC-Aircraft",
    "stanford_dogs": "Stanford Dogs",
}
PAPER_GROUP = "The paper"
RATES = (20, 40, 60, 80)  # per cent; 0 is the preset without noise
KINDS = {"symmetric": "symmetric", "pair_flip": "pair-flip"}

_SHORT_SGD = {"name": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}


def _paper(dataset: str) -> dict[str, Any]:
    return {"method": {"name": "ols"}, "dataset": {"name": dataset}, **RECIPES[dataset]}


def _short(dataset: str, epochs: int) -> dict[str, Any]:
    """The small CNN instead of the paper's network, few epochs, photographs at 64 x 64, of ImageNet
    a thirteenth. Minutes on a laptop: benchmarks/results/presets.md."""
    size = {} if dataset in CIFAR else {"size": 64}
    few = {"train_per_class": 100} if dataset == "imagenet" else {}
    return {
        **_paper(dataset),
        "dataset": {"name": dataset, **size, **few},
        "model": {"name": "small_cnn"},
        "epochs": epochs,
        "optimizer": _SHORT_SGD,
        "schedule": {"name": "step", "milestones": []},
    }


def _pair(
    name: str, title: str, group: str, help_: str, dataset: str, epochs: int, extra: dict[str, Any]
) -> tuple[Preset, Preset]:
    short = f"{help_} Short: the small CNN, {epochs} epochs; not the paper's figures."
    return (
        Preset(name, title, help_, {**_paper(dataset), **extra}, group),
        Preset(
            f"{name}-short", f"{title}, short", short, {**_short(dataset, epochs), **extra}, group
        ),
    )


def _clean() -> tuple[Preset, ...]:
    group = f"{PAPER_GROUP}: CIFAR and ImageNet"
    cifar = [
        _pair(
            dataset, title, group, "ResNet-34, 300 epochs, rate 0.1 falling at 150 and 225.",
            dataset, 15, {},
        )
        for dataset, title in CIFAR.items()
    ]  # fmt: skip
    imagenet = _pair(
        "imagenet",
        "ImageNet",
        group,
        "ResNet-50, 250 epochs of 256 images a step, colour jitter and PCA lighting.",
        "imagenet",
        10,
        {},
    )
    return (*(preset for pair in cifar for preset in pair), *imagenet)


def _fine_grained() -> tuple[Preset, ...]:
    help_ = "ResNet-50 from ImageNet's weights, 100 epochs, rate 0.01 falling at 45 and 80."
    pairs = [
        _pair(dataset, title, f"{PAPER_GROUP}: Fine-grained", help_, dataset, 10, {})
        for dataset, title in FINE_GRAINED.items()
    ]
    return tuple(preset for pair in pairs for preset in pair)


def _noisy() -> tuple[Preset, ...]:
    found: list[Preset] = []
    for dataset, title in CIFAR.items():
        for kind, words in KINDS.items():
            for rate in RATES:
                found += _pair(
                    f"{dataset}-{words}-{rate}",
                    f"{title}, {rate}% {words} noise",
                    f"{PAPER_GROUP}: {title} with wrong labels",
                    _noise_help(kind, rate),
                    dataset,
                    15,
                    {"noise": {"kind": kind, "rate": rate / 100}},
                )
    return tuple(found)


def _noise_help(kind: str, rate: int) -> str:
    if kind == "symmetric":
        return f"{rate}% of the training labels are any other class."
    most = " Most labels of a class are then the next one's." if rate > 50 else ""
    return f"{rate}% of the training labels are the next class.{most}"


PAPER: tuple[Preset, ...] = (*_clean(), *_fine_grained(), *_noisy())
