"""What a loop hands over as plain values; tensors are taken without importing their library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def number(value: Any) -> float | None:
    """A scalar of Python, NumPy, torch or JAX; None for NaN and infinity, which JSON has not.

    Raises TypeError or ValueError for anything else: text, or a tensor of several values.
    """
    if type(value) is float:  # the usual one, in every step of a loop
        return value if math.isfinite(value) else None
    if isinstance(value, str | bytes):
        raise TypeError("a metric is a number")
    as_float = float(value.detach() if hasattr(value, "detach") else value)
    return as_float if math.isfinite(as_float) else None


def array(value: Any) -> NDArray[np.float32] | NDArray[np.float64]:
    """A tensor's values, off its graph and device: float64 stays, all else becomes float32.

    Raises TypeError or ValueError where they are no real numbers.
    """
    for step in ("detach", "cpu"):  # torch's: off the graph, off the GPU
        if hasattr(value, step):
            value = getattr(value, step)()
    try:
        values = np.asarray(value)
    except TypeError:  # torch's bfloat16, which NumPy does not know
        values = np.asarray(value.float())
    if values.dtype == np.float64 or values.dtype == np.float32:
        return values
    if values.dtype.kind in "OUSMmc":
        raise TypeError(f"an array of {values.dtype} holds no real numbers")
    return values.astype(np.float32)
