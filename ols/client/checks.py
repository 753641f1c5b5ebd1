"""What the lab would refuse, told where it was written: each returns the value as it is sent.

The limits are the contract's. Raises ValueError or TypeError with what to change.
"""

from __future__ import annotations

import dataclasses
import json
import math
import operator
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ols.client.states import ENDS

MOST_EPOCH = 100_000  # what is finer is a step
MOST_STEP = 2**53 - 1
MOST_NAME = 200  # characters of a metric's name, a run's name and a key
MOST_CLASSES = 1024  # k of a matrix
MOST_SAMPLES = 1_000_000  # bytes of a strip of thumbnails
MOST_CONFIG = 900_000  # bytes of JSON, so that the whole body stays below 1 MiB

_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}")
_IMAGES = ((b"\x89PNG\r\n\x1a\n", 0, ".png"), (b"WEBP", 8, ".webp"))  # signature and its place


def place(epoch: Any, step: Any) -> tuple[str, int]:
    """The axis and where on it."""
    if epoch is None and step is None:
        raise ValueError("say where it belongs: epoch=... or step=...")
    if epoch is not None and step is not None:
        raise ValueError("give epoch= or step=, not both")
    axis, value = ("step", step) if epoch is None else ("epoch", epoch)
    whole = operator.index(value)  # NumPy's integers too, but no 1.5
    if not 0 <= whole <= (MOST_STEP if axis == "step" else MOST_EPOCH):
        raise ValueError(f"{axis}={whole} is out of range: 0 to {MOST_EPOCH:,} epochs, or a step")
    return axis, whole


def metric_name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ValueError("a metric's name is a text")
    if len(name) > MOST_NAME or not name.isprintable() or "," in name or name != name.strip():
        raise ValueError(
            f"a name has at most {MOST_NAME} printable characters, no comma and no spaces around it"
        )
    return name


def matrix_kind(kind: str) -> str:
    if not _KIND.fullmatch(kind):
        raise ValueError(
            f"{kind!r:.60} is no kind of matrix: lower case letters, digits and underscores, "
            "32 at most, a letter first"
        )
    return kind


def square(values: NDArray[Any]) -> NDArray[Any]:
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not values.size:
        raise ValueError(f"a matrix is square, this one has the shape {values.shape}")
    if len(values) > MOST_CLASSES:
        raise ValueError(f"a matrix has at most {MOST_CLASSES:,} classes, this one {len(values):,}")
    return np.ascontiguousarray(values)


def image(given: bytes | str | Path) -> tuple[bytes, str]:
    """Content and suffix."""
    content = given if isinstance(given, bytes) else Path(given).read_bytes()
    if len(content) > MOST_SAMPLES:
        raise ValueError(f"samples have at most {MOST_SAMPLES:,} bytes, these {len(content):,}")
    for signature, start, suffix in _IMAGES:
        if content[start : start + len(signature)] == signature:
            return content, suffix
    raise ValueError("samples are a PNG or a WebP")


def final_state(state: str) -> str:
    if state not in ENDS:
        raise ValueError(f"a run ends as finished, failed or cancelled, not as {state!r:.60}")
    return state


def config(given: Any) -> dict[str, Any]:
    """A mapping, a dataclass or argparse's namespace as JSON; what JSON has not becomes text."""
    if dataclasses.is_dataclass(given) and not isinstance(given, type):
        given = dataclasses.asdict(given)
    elif not isinstance(given, Mapping):
        given = vars(given)
    plain: dict[str, Any] = _plain(given)
    if len(json.dumps(plain)) > MOST_CONFIG:
        raise ValueError(f"it is larger than {MOST_CONFIG:,} bytes")
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist") and not isinstance(value, str):  # arrays and tensors
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | None) else str(value)
