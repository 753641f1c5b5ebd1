"""A method has one colour, of its own, that everybody sees on both themes."""

from __future__ import annotations

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


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def stands_out(colour: str) -> bool:
    """By the contrast that a line needs, on both panels."""
    for panel in PANELS:
        darker, lighter = sorted([luminance(colour), luminance(panel)])
        if (lighter + 0.05) / (darker + 0.05) < LEAST_CONTRAST:
            return False
    return True


def distance(colour: str, other: str) -> float:
    """In OKLab: the smaller of everybody's and the green-blind's."""
    both = [np.eye(3), _DEUTERANOPIA]
    seen = [[_oklab(sight @ linear(each)) for each in (colour, other)] for sight in both]
    return min(float(np.linalg.norm(a - b)) for a, b in seen)


def _oklab(rgb: np.ndarray) -> np.ndarray:
    return _LAB @ np.cbrt(_LMS @ rgb.clip(0, 1))


def free_colour() -> str:
    """The colour that stands out and lies furthest from all that are taken."""
    steps = [f"{level:02x}" for level in range(0, 256, 24)]
    colours = ["#" + "".join(parts) for parts in product(steps, repeat=3)]
    taken = list(METHOD_COLOURS.values())
    return max(
        filter(stands_out, colours), key=lambda colour: min(distance(colour, c) for c in taken)
    )


@pytest.mark.parametrize("entry", METHODS, ids=lambda entry: entry.name)
def test_every_method_has_a_colour_of_its_own_that_stands_out(entry):
    colour, others = entry.part.colour, [e.part.colour for e in METHODS if e is not entry]
    wanted = f"write colour = {free_colour()!r} into ols/spec/methods/{entry.name}.py"
    assert colour, f"{entry.part.__name__} has no colour: {wanted}"
    assert colour not in others, f"{colour} is another method's: {wanted}"
    assert stands_out(colour), f"{colour} is too faint on one of {PANELS}: {wanted}"


def test_the_suggested_colour_is_free():
    colour = free_colour()
    assert stands_out(colour)
    assert colour not in METHOD_COLOURS.values()


def test_a_name_without_a_colour_always_gets_the_same_spare_one():
    assert method_colour("somebody's own") == method_colour("somebody's own")
    assert method_colour("ols") == METHOD_COLOURS["ols"]


def test_the_first_run_of_a_method_is_solid_and_the_next_ones_differ():
    assert dashes(["ols", "ols", "hard"]) == ["solid", "dash", "solid"]
