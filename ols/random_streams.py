"""Independent random streams from one seed.

Each use has its own, so that changing the noise leaves the split as it was. NumPy's SeedSequence
keeps the streams apart; its results are stable across versions.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

_PURPOSES = {
    "split": 1,
    "noise": 2,
    "train_glyphs": 3,
    "test_glyphs": 4,
    "order": 5,
    "disturb": 6,
    "attack": 7,
    "unmixed": 8,
    "noise_directions": 9,
    "holdout_noise": 10,
    "fork_rng": 11,
    "fork_order": 12,
}

Purpose = Literal[
    "split",
    "noise",
    "train_glyphs",
    "test_glyphs",
    "order",
    "disturb",
    "attack",
    "unmixed",
    "noise_directions",
    "holdout_noise",
    "fork_rng",
    "fork_order",
]


def random_stream(seed: int, purpose: Purpose, *part: int) -> np.random.Generator:
    """`part`: a number of one of several streams for this purpose, such as a class."""
    return np.random.default_rng([seed, _PURPOSES[purpose], *part])


def derived_seed(seed: int, purpose: Purpose) -> int:
    """A seed for a generator that is not NumPy's."""
    return int(random_stream(seed, purpose).integers(2**62))


def sample_seed(seed: int, index: int) -> int:
    """A seed of sample `index`'s own, so that it draws the same whoever handles it, and when."""
    return int(np.random.SeedSequence((seed, index)).generate_state(1)[0])
