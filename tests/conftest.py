"""The order of the tests."""

from __future__ import annotations

import pytest

# Files with a test of more than half a minute: begun last, one would run on alone at the end.
LONG = ("tests/kills/", "tests/ols/training/test_kill.py", "tests/services/test_s3.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
