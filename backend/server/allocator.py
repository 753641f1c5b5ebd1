"""Memory that an answer needed goes back to the system, where the C library is glibc.

Left alone, glibc gives each thread a heap of its own, and keeps in them what is no larger than what
was freed before: pages, frames, reports of 5 MB. With 500 streams, pages and requests at once that
is 30 MB; without it a page takes at most a twentieth more time (benchmarks/results/memory.md).
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

LARGE = 64 * 1024  # bytes: such a block is mapped by itself, and unmapped when it is freed

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # mallopt(3)


def give_back() -> None:
    """From now on; before the first thread starts. Does nothing under another C library."""
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_TRIM_THRESHOLD, LARGE)
