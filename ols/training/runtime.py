"""Where and how a run computes: device and threads."""

from __future__ import annotations

import ctypes
import os
import platform
import sys

import torch

from ols.distributed.ranks import local_rank
from ols.errors import OlsError

THREADS_VARIABLE = "OLS_TRAINER_THREADS"

# From <malloc.h>.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


def choose_device(name: str) -> torch.device:
    """`auto` is the GPU of this rank, else the CPU; else a name of PyTorch's such as `cuda:1`."""
    if name == "auto":
        name = f"cuda:{local_rank()}" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise OlsError(f"unknown device {name!r}: use auto, cpu or cuda:0") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise OlsError(f"device {name!r}: this machine has no usable GPU; use cpu or auto")
    return torch.device("cuda", device.index or 0) if device.type == "cuda" else device


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine() or "CPU"


def choose_threads(asked: int | None, stored: int | None = None, processes: int = 1) -> int:
    """Threads of each of a run's processes. A checkpoint's number comes first: another one gives
    other bits.

    Then the argument, OLS_TRAINER_THREADS, and one less than there are cores: on a busy machine
    of two cores a second thread stalls every parallel region by milliseconds.
    """
    if stored is not None:
        return stored
    if asked is not None:
        return max(1, asked)
    variable = os.environ.get(THREADS_VARIABLE, "").strip()
    if variable:
        if not variable.isdecimal() or int(variable) < 1:
            raise OlsError(f"{THREADS_VARIABLE}={variable!r} must be a whole number from 1")
        return int(variable)
    return max(1, (_cores() - 1) // processes)


def keep_freed_memory() -> None:
    """Lets glibc reuse the memory of a step instead of returning it to the system.

    Activations of a small network are megabytes each; handed back and asked for again every step,
    they cost a page fault each 4 kB: measured on glyphs, a fifth of the median step. Where the C
    library is another one, nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)  # the largest value that glibc takes
    mallopt(_M_TRIM_THRESHOLD, 512 * 2**20)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
