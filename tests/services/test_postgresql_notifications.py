"""Notifications once more, on a private PostgreSQL cluster.

They are the same functions: only the `database` fixture differs.
"""

from __future__ import annotations

import pytest

# Imported names that start with test_ are collected here too.
from tests.backend.api.test_notifications import *  # noqa: F403
from tests.backend.notify.test_delivery import *  # noqa: F403
from tests.backend.notify.test_notifier import *  # noqa: F403
from tests.backend.notify.test_watch import *  # noqa: F403
from tests.backend.store.test_notices import *  # noqa: F403

pytestmark = pytest.mark.usefixtures("database")  # emptied before each of them
