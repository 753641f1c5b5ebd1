"""NumPy, loaded by whoever first computes with it: 14 MB and 0.09 s that a web service pays only
once somebody looks at numbers.

    from backend.core import late_numpy as np

In annotations NumPy's names are not looked up: `from numpy.typing import NDArray` stands under
TYPE_CHECKING, and an alias of a type is a text.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import *  # noqa: F403
else:
    if find_spec("numpy") is None:  # said at the start, not at the first matrix
        raise ModuleNotFoundError("No module named 'numpy'", name="numpy")

    def __getattr__(name: str) -> Any:
        """Python asks here for what this module has not. Threads that come at once all wait until
        the one that is loading has done."""
        value = getattr(import_module("numpy"), name)
        globals()[name] = value
        return value
