"""What was watched of each training sample: what the scores of an audit are computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SampleStatistics:
    """What was watched of the N training samples, in the order of the training split.

    Means over the epochs, weighted by own share; NaN for a sample without a usable step. `other`:
    its most probable class beside `given`. `classes` and `softmax`, (N, k) each: its mean softmax;
    k is K and `classes` None where it was kept whole, else the three classes that were largest and
    what they had at least.
    """

    given: NDArray[np.int64]
    margin: NDArray[np.float32]
    confidence: NDArray[np.float32]
    deviation: NDArray[np.float32]
    learned: NDArray[np.int16]  # an epoch; 0: never
    forgotten: NDArray[np.int16]
    other: NDArray[np.int64]
    softmax: NDArray[np.float32]
    classes: NDArray[np.int64] | None = None
