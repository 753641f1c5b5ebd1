"""How many cores this process may use: a container often has fewer than the machine."""

from __future__ import annotations

import os


def cores() -> int:
    """At least one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
