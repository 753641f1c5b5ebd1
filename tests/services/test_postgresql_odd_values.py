"""Odd values once more, on PostgreSQL, which refuses numbers and characters that SQLite takes."""

from tests.backend.api.test_odd_values import *  # noqa: F403

del test_malformed_cursors  # noqa: F821 - they are refused before any database is asked
