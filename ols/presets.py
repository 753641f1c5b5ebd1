"""Named presets for the form: starting points, of which a spec keeps what it changes.

Only plain values live here; ols/recipes.py has what a field falls back to without a preset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
