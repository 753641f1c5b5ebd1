"""A frame kept as bands of rows, so that one class is read without the other ones.

A frame (backend.matrix.frames) is one gzip stream of byte planes. Here each plane's share of a band
is a deflate segment of its own: it ends on a byte's border and looks back on nothing before it
(zlib's full flush). So the segments of all bands, put side by side between a header and a check
sum, are the gzip stream that leaves for the browser, and those of one band unpack alone. Nothing is
stored twice, nothing is compressed again.

A stored band: the length of each segment, uint32 little-endian, then the segments, most
significant plane first.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from backend.core import late_numpy as np
from backend.matrix.frames import CODE_TYPES, Codes

MOST_BANDS = 32  # one is read for one class; more of them would be slower to write
LEAST_BYTES = 8192  # before compression: below it the segments' own tables weigh too much

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # gzip: deflate, no name, no time stamp
_LAST_BLOCK = b"\x03\x00"  # deflate: an empty final block


@dataclass(frozen=True)
class Banded:
    """`rows` of the matrix in each band but perhaps the last; `crc` of all its planes."""

    rows: int
    crc: int
    bands: list[bytes]


def split(codes: Codes) -> Banded:
    """A (k, k) matrix of codes as bands."""
    count, size = codes.shape[0], codes.dtype.itemsize
    rows = max(-(-count // MOST_BANDS), -(-LEAST_BYTES // (codes.shape[1] * size)))
    big_endian = np.ascontiguousarray(codes, dtype=codes.dtype.newbyteorder(">"))
    planes = big_endian.view(np.uint8).reshape(count, -1, size).transpose(2, 0, 1)
    crc = zlib.crc32(planes.tobytes())
    bands = [_band(planes[:, start : start + rows]) for start in range(0, count, rows)]
    return Banded(min(rows, count), crc, bands)


def join(bands: Sequence[bytes], codec: str, side: int, crc: int) -> bytes:
    """The gzip stream of a whole (side, side) frame."""
    planes = _planes(codec)
    pieces = [_segments(band, planes) for band in bands]
    body = [segments[plane] for plane in range(planes) for segments in pieces]
    trailer = struct.pack("<II", crc, side * side * planes & 0xFFFFFFFF)
    return b"".join([_HEADER, *body, _LAST_BLOCK, trailer])


def unpack(band: bytes, codec: str, side: int) -> Codes:
    """The rows of one band, (rows, side)."""
    planes = _planes(codec)
    raw = [zlib.decompressobj(-zlib.MAX_WBITS).decompress(s) for s in _segments(band, planes)]
    stacked = np.stack([np.frombuffer(plane, np.uint8) for plane in raw], axis=-1)
    kind = CODE_TYPES[codec]
    return stacked.view(f">{kind}").astype(f"={kind}").reshape(-1, side)


def _band(planes: np.ndarray) -> bytes:
    segments = [_deflate(np.ascontiguousarray(plane)) for plane in planes]
    return struct.pack(f"<{len(segments)}I", *map(len, segments)) + b"".join(segments)


def _deflate(plane: np.ndarray) -> bytes:
    # Runs of equal bytes, no repeated strings: see frames.pack.
    stream = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_RLE)
    return stream.compress(plane.data) + stream.flush(zlib.Z_FULL_FLUSH)


def _segments(band: bytes, planes: int) -> list[memoryview]:
    lengths = struct.unpack_from(f"<{planes}I", band)
    view, start, segments = memoryview(band), 4 * planes, []
    for length in lengths:
        segments.append(view[start : start + length])
        start += length
    return segments


def _planes(codec: str) -> int:
    return int(CODE_TYPES[codec][1])
