"""Titles of names in a spec: `ols` -> Online label smoothing."""

from __future__ import annotations

from functools import cache

from ols.spec.catalogue import DATASETS, METHODS, MODELS
from ols.spec.number_kinds import DASH

_OTHERS = {
    "sgd": "SGD",
    "adamw": "AdamW",
    "cosine": "Cosine",
    "step": "Steps",
    "constant": "Constant",
    "none": "None",
    "symmetric": "Symmetric",
    "pair_flip": "Pair flip",
    "asymmetric": "Asymmetric",
    "instance": "Instance-dependent",
    "human": "Human labels (CIFAR-N)",
    "file": "Labels from a file",
    "mixup": "Mixup",
    "cutmix": "CutMix",
}


@cache
def _titles() -> dict[str, str]:
    return _OTHERS | {entry.name: entry.title for entry in (*METHODS, *DATASETS, *MODELS)}


def title_of(name: str | None) -> str:
    """The catalogue's title, or the name itself with spaces; a dash where there is none."""
    if not name:
        return DASH
    return _titles().get(name, name.replace("_", " "))
