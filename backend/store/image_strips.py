"""Reads the head of a PNG or WebP file: its kind and size.

The web image has no library that decodes pictures, and need not: browsers do, and a broken one
shows as missing.
"""

from __future__ import annotations

from typing import NamedTuple

PNG, WEBP = "image/png", "image/webp"
_PNG = b"\x89PNG\r\n\x1a\n"


class Strip(NamedTuple):
    """Square tiles side by side: `tiles` of `size` pixels a side."""

    media_type: str
    tiles: int
    size: int


def read_strip(data: bytes) -> Strip:
    """Raises ValueError for what is no PNG or WebP, or no row of square tiles."""
    media_type = media_type_of(data)
    width, height = _png_size(data) if media_type == PNG else _webp_size(data)
    if not height or not width or width % height:
        raise ValueError(
            f"is {width} x {height} pixels; send square tiles side by side: a width that is a "
            "multiple of the height"
        )
    return Strip(media_type, width // height, height)


def media_type_of(data: bytes) -> str:
    """By its first bytes. Raises ValueError."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) > 33:
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) > 30:
        return WEBP
    raise ValueError("is neither PNG nor WebP")


def _png_size(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _webp_size(data: bytes) -> tuple[int, int]:
    """RFC 9649: lossy (VP8), lossless (VP8L), extended (VP8X)."""
    chunk, little = data[12:16], int.from_bytes
    if chunk == b"VP8X":
        return 1 + little(data[24:27], "little"), 1 + little(data[27:30], "little")
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = little(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return little(data[26:28], "little") & 0x3FFF, little(data[28:30], "little") & 0x3FFF
    raise ValueError("is a WebP file of an unknown kind")
