"""Codecs of stored matrices, NumPy only.

`u16log-shuffle`: code 0 is exactly 0 (or NaN), codes 1 to 65535 are log-spaced over [1e-7, 1]
(relative error at most 1.3e-4; what lies between 0 and 1e-7 becomes code 1). `u32-shuffle`: exact
counts. `f32-shuffle`: exact single-precision numbers, NaN among them, which are their own codes.
All are shuffled (all most significant bytes first, then the next ones) and gzipped without a time
stamp, so that equal matrices are equal bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from backend.core import late_numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Codes: TypeAlias = "NDArray[np.uint16 | np.uint32 | np.float32]"
Values: TypeAlias = "NDArray[np.float32 | np.uint32]"

U16LOG = "u16log-shuffle"
U32 = "u32-shuffle"
F32 = "f32-shuffle"
CODE_TYPES: dict[str, str] = {U16LOG: "u2", U32: "u4", F32: "f4"}  # NumPy's, without byte order

SMALLEST = 1e-7
PREVIEW = 256  # above this many classes a max-pooled preview is kept beside the frame

_GZIP = 16 + zlib.MAX_WBITS  # a gzip header; its time stamp is 0
_STEP = -math.log(SMALLEST) / 65534  # natural log units between two codes


def encode(matrix: ArrayLike, codec: str) -> bytes:
    """A matrix of any shape as a frame in `codec`."""
    return pack(to_codes(matrix, codec))


def decode(frame: bytes, codec: str, shape: tuple[int, ...]) -> Values:
    """The values of a frame: float32, or uint32 for u32-shuffle."""
    return from_codes(unpack(frame, codec, shape), codec)


def to_codes(matrix: ArrayLike, codec: str) -> Codes:
    """Values to what `pack` stores."""
    if codec == U32:
        return np.asarray(matrix).astype(np.uint32)
    if codec == F32:
        with np.errstate(over="ignore"):  # beyond float32: infinite
            return np.asarray(matrix).astype(np.float32)
    if codec != U16LOG:
        raise ValueError(f"unknown codec {codec!r}")
    values = np.asarray(matrix, dtype=np.float64)
    positive = values > 0  # False for NaN
    logs = np.log(np.clip(np.where(positive, values, 1.0), SMALLEST, 1.0))
    codes = 1 + np.rint((logs - np.log(SMALLEST)) / _STEP)
    return np.where(positive, codes, 0).astype(np.uint16)


def from_codes(codes: Codes, codec: str) -> Values:
    """Back to values, float32 for u16log."""
    if codec == U16LOG:
        return _table()[codes.astype(np.uint16, copy=False)]
    return codes.astype(CODE_TYPES[codec])


def codec_for(matrix: NDArray[np.floating]) -> str:
    """u16log where all values are shares, else exact."""
    inside = (matrix >= 0) & (matrix <= 1)  # False for NaN
    return U16LOG if inside.all() else F32


def pack(codes: Codes) -> bytes:
    """Shuffles and gzips: byte planes from the most significant to the least."""
    size = codes.dtype.itemsize
    big_endian = np.ascontiguousarray(codes, dtype=codes.dtype.newbyteorder(">"))
    planes = big_endian.view(np.uint8).reshape(-1, size).T
    # Shuffled soft labels have runs and a skewed spread of bytes, hardly a repeated string. Looking
    # for strings took 3 to 10 times as long and gave larger frames (bench_recording).
    gzipped = zlib.compressobj(6, zlib.DEFLATED, _GZIP, 9, zlib.Z_RLE)
    return gzipped.compress(np.ascontiguousarray(planes).tobytes()) + gzipped.flush()


def unpack(frame: bytes, codec: str, shape: tuple[int, ...]) -> Codes:
    """The codes of a frame."""
    kind = CODE_TYPES[codec]
    planes = np.frombuffer(gzip.decompress(frame), np.uint8).reshape(int(kind[1]), -1)
    codes = np.ascontiguousarray(planes.T).view(f">{kind}")
    return codes.astype(f"={kind}").reshape(shape)


def version(frame: bytes) -> str:
    """A name for these bytes: equal frames have equal versions."""
    return hashlib.sha256(frame).hexdigest()[:16]


def max_pool(codes: NDArray[Any], most: int = PREVIEW) -> NDArray[Any]:
    """A (k, k) matrix as (p, p), p <= most, each cell the largest of its block; NaN only where the
    block has nothing else."""
    block = -(-codes.shape[0] // most)
    edges = np.arange(0, codes.shape[0], block)
    larger = np.fmax if codes.dtype.kind == "f" else np.maximum
    return larger.reduceat(larger.reduceat(codes, edges, axis=0), edges, axis=1)


def to_npy(matrix: Values) -> bytes:
    """A matrix as the bytes of a float32 .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, matrix.astype(np.float32), allow_pickle=False)
    return buffer.getvalue()


@cache
def _table() -> NDArray[np.float32]:
    """The value of each of the 65,536 codes."""
    table = np.empty(65536)
    table[0] = 0
    table[1:] = SMALLEST * np.exp(np.arange(65535) * _STEP)
    table[65535] = 1  # exactly, whatever the rounding
    return table.astype(np.float32)
