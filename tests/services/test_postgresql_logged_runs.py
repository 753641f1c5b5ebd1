"""Logged runs and exports through the API once more, on a private PostgreSQL cluster.

They are the same functions: only the `database` fixture differs.
"""

from __future__ import annotations

import pytest

# Imported names that start with test_ are collected here too.
from tests.backend.api.test_exports import *  # noqa: F403
from tests.backend.api.test_logged import *  # noqa: F403
from tests.backend.api.test_logged_files import *  # noqa: F403

pytestmark = pytest.mark.usefixtures("database")  # emptied before each of them
