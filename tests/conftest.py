"""Marks, order and random examples of all tests.

`browser`, `services` and `slow` decide what `make check` leaves out. The first two follow from the
folder, and so does `slow` for tests/kills; elsewhere a test of more than three seconds says it.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

FOLDERS = {
    "tests/browser/": ("browser",),
    "tests/deploy/test_stack.py": ("services", "slow"),
    "tests/kills/": ("services", "slow"),
    "tests/services/": ("services",),
}
# Begun last, one of these would run on alone at the end.
LONG = ("tests/kills/", "tests/services/test_s3.py", "tests/ols/training/test_kill.py")

# The same examples in every run: a fault that only some seeds show must not turn up in another
# person's change. `make soak` looks for it, with fresh seeds: --hypothesis-profile soak.
_MACHINE_IS_BUSY = [HealthCheck.too_slow]
settings.register_profile(
    "suite",
    derandomize=True,
    max_examples=40,
    deadline=None,
    suppress_health_check=_MACHINE_IS_BUSY,
)
settings.register_profile(
    "soak", max_examples=2000, deadline=None, suppress_health_check=_MACHINE_IS_BUSY
)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for folder, marks in FOLDERS.items():
            if item.nodeid.startswith(folder):
                for mark in marks:
                    item.add_marker(mark)
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
