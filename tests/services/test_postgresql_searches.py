"""Searches once more, on PostgreSQL: there two janitors truly decide at the same time."""

from __future__ import annotations

from tests.worker.test_searching import *  # noqa: F403
