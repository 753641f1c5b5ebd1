"""Notifications once more, on a private PostgreSQL cluster.

They are the same functions: only the `database` fixture differs.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backend.core.notice_kinds import NoticeKind
from backend.store import notices
from backend.store.database import Database

# Imported names that start with test_ are collected here too.
from tests.backend.api.test_notifications import *  # noqa: F403
from tests.backend.notify.test_delivery import *  # noqa: F403
from tests.backend.notify.test_notifier import *  # noqa: F403
from tests.backend.notify.test_watch import *  # noqa: F403
from tests.backend.store.test_experiment_notices import *  # noqa: F403
from tests.backend.store.test_notices import *  # noqa: F403

# Of PostgreSQL they would show nothing that the racing janitors do not.
del test_10_000_events_reach_a_webhook_in_order_and_little_memory  # noqa: F821
del test_a_day_of_500_is_borne_and_what_is_too_old_is_given_up  # noqa: F821

pytestmark = pytest.mark.usefixtures("database")  # emptied before each of them


def test_a_notice_waits_for_those_before_it_to_commit(database: Database) -> None:
    """Else a cursor could pass an id that commits later."""
    with Session(database.engine) as early, Session(database.engine) as late:
        for session in (early, late):
            notices.append(session, NoticeKind.DISK, {})
        notices.flush(early)
        late.execute(text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            notices.flush(late)
