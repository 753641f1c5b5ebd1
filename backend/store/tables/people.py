"""People, where they are signed in, and what they changed of runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.tables.base import Base

MOST_PERSON = 64  # characters of a person's name


class Person(Base):
    """Somebody with a token. Never deleted: runs and changes carry the name."""

    __tablename__ = "people"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(MOST_PERSON))
    folded_name: Mapped[str] = mapped_column(String(3 * MOST_PERSON), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SignIn(Base):
    """A browser that is signed in. It ends with the token that it came by, whosesoever that is."""

    __tablename__ = "sign_ins"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)  # of its cookie
    token_hash: Mapped[str] = mapped_column(String(64), index=True)
    person: Mapped[str] = mapped_column(String(MOST_PERSON))
    browser: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Change(Base):
    """What somebody changed of a run (backend.store.trail)."""

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_run_id_id", "run_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person: Mapped[str] = mapped_column(String(MOST_PERSON))
    action: Mapped[str] = mapped_column(String(32))
    details: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
