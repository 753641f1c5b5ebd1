"""What the store refuses, drawn as a tree; each error carries its code and so its HTTP status.

StoreError
├── NotFound            nothing has this id (or it was deleted)
├── Conflict            the run's state forbids this
│   └── Refused         ... of one of the actions on runs, in the words of its table
├── NotYours            the lab keeps others' runs from whoever asks
├── Unfit               a value of the request that what is stored does not fit
├── BadCursor           a page cursor that this list did not hand out
├── SchemaMismatch      the database is older or newer than the code
├── Unreachable         no connection to the database
│   ├── Replaced        ... its file was removed or replaced under the running service
│   └── Damaged         ... its file is no database any more
└── FilesUnreachable    the object store does not answer or refuses
"""

# ruff: noqa: N818 - the names say what happened, as SQLAlchemy's NoResultFound does

from __future__ import annotations

from typing import ClassVar

from backend.core.error_codes import ErrorCode
from backend.core.run_actions import Refusal


class StoreError(Exception):
    """Base class of the store's errors; up to status 499 the text is shown to the user."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL
    field: str = ""  # of the request, where one is wrong
    public: ClassVar[str] = "Something went wrong here; the server's log says what."


class NotFound(StoreError):
    """Nothing has this id (or it was deleted)."""

    code = ErrorCode.NOT_FOUND


class Conflict(StoreError):
    """The state of things forbids this; the sentence says which."""

    code = ErrorCode.CONFLICT


class Refused(Conflict):
    """A run's state forbids an action."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class NotYours(StoreError):
    """The lab keeps others' runs from whoever asks; the sentence says whose it is."""

    code = ErrorCode.FORBIDDEN


class Unfit(StoreError):
    """A value of the request that does not fit what is stored; `field` is its path."""

    code = ErrorCode.INVALID

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class BadCursor(StoreError):
    """A page cursor that this list did not hand out."""

    code = ErrorCode.INVALID
    field = "cursor"


class SchemaMismatch(StoreError):
    """The database is older or newer than the code; the text says what to do."""

    public = "The database belongs to another version; the server's log says what to do."


class Unreachable(StoreError):
    """No connection to the database; the text says why and which setting names it."""

    code = ErrorCode.UNAVAILABLE
    public = "The database can't be reached; the server's log says why."


class Replaced(Unreachable):
    """The SQLite file was removed, replaced or written over while this process had it open."""

    public = (
        "The database's file was removed or replaced while the lab runs: stop the services, put "
        "the right file in its place without ols.sqlite3-wal and ols.sqlite3-shm, and start them "
        "again. Nothing is taken meanwhile."
    )


class Damaged(Unreachable):
    """The SQLite file can't be read as a database."""

    public = "The database's file is damaged; the server's log says what to do."


class FilesUnreachable(StoreError):
    """The object store does not answer or refuses; the text says why and which setting names it."""

    code = ErrorCode.UNAVAILABLE
    public = "The store of checkpoints and logs can't be reached; the server's log says why."
