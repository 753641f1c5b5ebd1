"""A method has one colour, of its own, that everybody sees on both themes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from backend.core.palette import METHOD_COLOURS, dashes, method_colour
from ols.spec.catalogue import METHODS

PANELS = ("#ffffff", "#141920")  # light and dark
LEAST_CONTRAST = 3  # WCAG 2.2, 1.4.11: of a graphical object

# Linear sRGB -> LMS -> OKLab (Ottosson, 2020).
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
# Linear sRGB as the green-blind see it (Machado et al., 2009, severity 1).
_DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)


def linear(colours: Sequence[str]) -> np.ndarray:
    """(n, 3) of linear sRGB in [0, 1]."""
    parts = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrasts(colours: Sequence[str]) -> np.ndarray:
    """(n,): the lower of the contrasts against the two panels."""
    weights = [0.2126, 0.7152, 0.0722]
    lines, panels = linear(colours) @ weights + 0.05, linear(PANELS) @ weights + 0.05
    ratios = lines[:, None] / panels
    return np.maximum(ratios, 1 / ratios).min(1)


def distances(colours: Sequence[str], others: Sequence[str]) -> np.ndarray:
    """(n, m) in OKLab: the smaller of everybody's and the green-blind's."""
    seen = [
        np.linalg.norm(oklab(colours, sight)[:, None] - oklab(others, sight), axis=2)
        for sight in (np.eye(3), _DEUTERANOPIA)
    ]
    return np.minimum(*seen)


def oklab(colours: Sequence[str], sight: np.ndarray) -> np.ndarray:
    rgb = (linear(colours) @ sight.T).clip(0, 1)
    return np.cbrt(rgb @ _LMS.T) @ _LAB.T


def free_colour() -> str:
    """The colour that stands out and lies furthest from all that are taken."""
    steps = [f"{level:02x}" for level in range(0, 256, 12)]
    every = np.array(["#" + "".join(parts) for parts in product(steps, repeat=3)])
    colours = every[contrasts(every) >= LEAST_CONTRAST]
    return str(colours[distances(colours, list(METHOD_COLOURS.values())).min(1).argmax()])


@pytest.mark.parametrize("entry", METHODS, ids=lambda entry: entry.name)
def test_every_method_has_a_colour_of_its_own_that_stands_out(entry):
    colour, others = entry.part.colour, [e.part.colour for e in METHODS if e is not entry]
    taken = colour in others
    if not colour or taken or contrasts([colour])[0] < LEAST_CONTRAST:
        pytest.fail(
            f"{entry.part.__name__} needs a colour that no other method has and that stands out "
            f"on both themes: write colour = {free_colour()!r} into {entry.part.__module__}"
        )


def test_the_suggested_colour_lies_no_closer_than_two_methods_do():
    taken = list(METHOD_COLOURS.values())
    closest = np.sort(distances(taken, taken), axis=1)[:, 1].min()  # 0 is each itself
    assert contrasts([free_colour()])[0] >= LEAST_CONTRAST
    assert distances([free_colour()], taken).min() >= closest


def test_a_name_without_a_colour_always_gets_the_same_spare_one():
    assert method_colour("somebody's own") == method_colour("somebody's own")
    assert method_colour("ols") == METHOD_COLOURS["ols"]


def test_the_first_run_of_a_method_is_solid_and_the_next_ones_differ():
    assert dashes(["ols", "ols", "hard"]) == ["solid", "dash", "solid"]
