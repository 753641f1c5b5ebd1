"""Owners and the trail through the API once more, on a private PostgreSQL cluster.

They are the same functions: only the `database` fixture differs.
"""

from __future__ import annotations

import pytest

# Imported names that start with test_ are collected here too.
from tests.backend.api.test_people import *  # noqa: F403

pytestmark = pytest.mark.usefixtures("database")  # emptied before each of them
