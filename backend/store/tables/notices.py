"""What people are to be notified of, and how far each address has been told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.tables.base import Base

_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key


class Notice(Base):
    """Something that happened (the outbox; backend.store.notices). Ids commit in order."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "ix_notices_held",
            "experiment_id",
            sqlite_where=text("held = 1"),
            postgresql_where=text("held"),
        ),
        Index("ix_notices_created_at", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # backend.core.notice_kinds
    # No keys: what happened stays true of a run that was deleted since.
    run_id: Mapped[int | None]
    experiment_id: Mapped[int | None]
    data: Mapped[dict[str, Any]]  # as it was then
    held: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class Recipient(Base):
    """An address of OLS_NOTIFY_URLS or OLS_NOTIFY_WEBHOOK by its name alone, `slack 1`: the address
    itself stays in the environment (backend.store.recipients)."""

    __tablename__ = "recipients"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    kinds: Mapped[list[Any]]  # that it asked for
    cursor: Mapped[int] = mapped_column(_BIG)  # the last notice that it was told of
    token: Mapped[str | None] = mapped_column(String(32))  # of the process that sends to it now
    leased_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # one after another
    next_try_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_sent_at: Mapped[datetime | None]
    given_up: Mapped[int] = mapped_column(default=0)  # notices
    given_up_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]  # when it was last in a process's environment


class Alert(Base):
    """A condition that holds now and was told of: a row while it lasts (backend.store.alerts)."""

    __tablename__ = "alerts"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)  # a run, a disk, ...
    since: Mapped[datetime]
