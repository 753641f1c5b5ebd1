"""Recommended settings: one complete recipe per dataset, and named presets for the form.

A field that a spec does not give comes from its dataset's recipe (the recommended run for
digits is not the one for Fashion-MNIST). Only plain values live here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SGD = {"name": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}

RECIPES: dict[str, dict[str, Any]] = {
    "digits": {
        "model": {"name": "small_cnn"},
        "epochs": 30,
        "batch_size": 128,
        "optimizer": _SGD,
        "schedule": {"name": "cosine"},
    },
    # Without augmentation and for 20 epochs the network has time to memorise wrong labels, which
    # is where the methods part; a run of 12 epochs would show another order (docs/demo.md).
    "glyphs": {
        "model": {"name": "small_cnn"},
        "epochs": 20,
        "batch_size": 128,
        "optimizer": _SGD,
        "schedule": {"name": "cosine"},
    },
    "fashion_mnist": {
        "model": {"name": "small_cnn"},
        "epochs": 15,
        "batch_size": 128,
        "optimizer": _SGD,
        "schedule": {"name": "cosine"},
        "augment": {"shift": 2, "flip": True},
    },
    "image_folder": {
        "model": {"name": "small_cnn"},
        "epochs": 30,
        "batch_size": 128,
        "optimizer": _SGD,
        "schedule": {"name": "cosine"},
        "augment": {"flip": True},
    },
}


@dataclass(frozen=True)
class Preset:
    """A named starting point of the form: `spec` is a partial RunSpec."""

    name: str
    title: str
    help: str
    spec: dict[str, Any]


PRESETS: tuple[Preset, ...] = (
    Preset(
        "digits",
        "Digits, one minute",
        "1,797 real 8 x 8 digits. The quickest way to see a heatmap move.",
        {"method": {"name": "ols"}, "dataset": {"name": "digits"}},
    ),
    Preset(
        "glyphs-noise-20",
        "Glyphs, 20% wrong labels (the demo)",
        "62 rendered letters and digits; one training label in five is wrong. "
        "Long enough for a network to memorise them.",
        {
            "method": {"name": "ols"},
            "dataset": {"name": "glyphs"},
            "noise": {"kind": "symmetric", "rate": 0.2},
        },
    ),
    Preset(
        "glyphs-noise-20-short",
        "Glyphs, 20% wrong labels, 12 epochs",
        "The same data stopped before the network memorises: here OLS does not win.",
        {
            "method": {"name": "ols"},
            "dataset": {"name": "glyphs"},
            "noise": {"kind": "symmetric", "rate": 0.2},
            "epochs": 12,
        },
    ),
    Preset(
        "glyphs-clean",
        "Glyphs, clean labels",
        "62 rendered letters and digits. Their confusions (O/0/o, l/1/I) are known to any reader.",
        {"method": {"name": "ols"}, "dataset": {"name": "glyphs"}},
    ),
    Preset(
        "fashion-mnist",
        "Fashion-MNIST",
        "70,000 real images of clothes in 10 classes.",
        {"method": {"name": "ols"}, "dataset": {"name": "fashion_mnist"}},
    ),
)
