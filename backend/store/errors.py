"""What the store refuses: an unknown run, a move its state forbids, another version's database."""

# ruff: noqa: N818 - the names say what happened, as SQLAlchemy's NoResultFound does

from __future__ import annotations


class StoreError(Exception):
    """Base class of the store's errors; the text is shown to the user."""


class NotFound(StoreError):
    """Nothing has this id (or it was deleted)."""


class Conflict(StoreError):
    """The run's state forbids this; the sentence names the state."""


class BadCursor(StoreError):
    """A page cursor that this list did not hand out."""


class SchemaMismatch(StoreError):
    """The database is older or newer than the code; the text says what to do."""


class Unreachable(StoreError):
    """No connection to the database; the text says why and which setting names it."""


class FilesUnreachable(StoreError):
    """The object store does not answer or refuses; the text says why and which setting names it."""
