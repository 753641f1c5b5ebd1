"""How full the memory is, the machine's or the container's. No torch: the worker asks, too."""

from __future__ import annotations

from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


def memory() -> tuple[int, int]:
    """Bytes in use and bytes there are."""
    machine = psutil.virtual_memory()
    used, limit = machine.total - machine.available, machine.total
    try:  # psutil knows nothing of the limit of a container
        container = int((_CGROUP / "memory.max").read_text())
        stats = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        in_use = int((_CGROUP / "memory.current").read_text()) - int(stats["inactive_file"])
    except (OSError, ValueError, KeyError):  # no cgroup of version 2, or "max": no limit
        return used, limit
    return max((used, limit), (in_use, container), key=lambda pair: pair[0] / pair[1])
