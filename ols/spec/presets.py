"""Named presets: starting points. A run keeps its preset's name, and its page says what changed.

A spec with `preset` takes from it what it does not give itself; what neither gives comes from the
dataset's recipe (ols/spec/datasets). A stored run may name any of these, so none is ever removed.
"""

from __future__ import annotations

from ols.spec.author_presets import AUTHORS
from ols.spec.paper_presets import LIKE_PEOPLE, PAPER
from ols.spec.preset import Preset

STARTERS: tuple[Preset, ...] = (
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

PRESETS: tuple[Preset, ...] = STARTERS + PAPER + LIKE_PEOPLE + AUTHORS
_BY_NAME = {preset.name: preset for preset in PRESETS}


def find_preset(name: object) -> Preset | None:
    return _BY_NAME.get(name) if isinstance(name, str) else None
