"""The Range header of HTTP, for what is no file here (RFC 9110, section 14)."""

from __future__ import annotations

import re

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """(start, end), end not included; start >= end: beyond the `size` bytes that there are.

    None: the whole is to be sent. That is also the answer to several ranges or to other units,
    which a server may ignore.
    """
    match = _ONE.fullmatch(header.strip())
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size if int(last) else 0
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size
