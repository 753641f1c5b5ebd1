from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from backend.server import allocator

BLOCKS = """
import ctypes, sys
from backend.server import allocator

class Counts(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in "abcdefghij"]


libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.mallinfo.restype = Counts
if "give back" in sys.argv:
    allocator.give_back()
before = libc.mallinfo().d
for _ in range(20):
    libc.malloc(allocator.LARGE)
print(libc.mallinfo().d - before)  # hblks: blocks that are mapped
"""


def mapped(argument: str) -> int:
    command = [sys.executable, "-c", BLOCKS, argument]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def test_large_blocks_are_mapped_by_themselves() -> None:
    assert mapped("") == 0
    assert mapped("give back") > 10  # all that no hole in the heap takes


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _: SimpleNamespace())
    allocator.give_back()
