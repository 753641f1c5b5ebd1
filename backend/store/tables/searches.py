"""Searches: what an experiment has besides its runs when these are proposed one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.tables.base import Base


class Search(Base):
    """The state of a search. What it looks for and where are in its experiment's `sweep`."""

    __tablename__ = "searches"

    experiment_id: Mapped[int] = mapped_column(
        ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # Raised by each decision: who decided on what is no longer so decides again.
    version: Mapped[int] = mapped_column(default=0)
    stopped: Mapped[bool] = mapped_column(default=False)  # proposes nothing until it is resumed
    closed: Mapped[bool] = mapped_column(default=False)  # has nothing more to propose
    problem: Mapped[str | None] = mapped_column(Text)  # why it stopped by itself
    # What a user resumed it after: failures up to this setting are no reason to stop.
    resumed_after: Mapped[int] = mapped_column(default=0)
    runs_allowed: Mapped[int | None]  # its budget, to which trials were added since
    hours_allowed: Mapped[float | None]
    tags: Mapped[list[Any]] = mapped_column(default=list)  # of every run
    priority: Mapped[int] = mapped_column(default=0)
    # {"of": settings that had ended, "shares": {path: share}}, as a worker computed them
    importance: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Trial(Base):
    """One setting of a search; its runs, one for each seed, carry its number."""

    __tablename__ = "trials"

    experiment_id: Mapped[int] = mapped_column(
        ForeignKey("searches.experiment_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1 on
    combination: Mapped[dict[str, Any]]  # path -> value of the fields that it has
    rungs: Mapped[int] = mapped_column(default=0)  # at how many epochs it was compared
    pruned_at: Mapped[int | None]  # the epoch at which it was given up, also where it was revived
    created_at: Mapped[datetime]
