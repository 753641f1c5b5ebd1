"""Whose runs and experiments are, and who may change them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.actor import Actor, actor
from backend.store.errors import NotYours
from backend.store.tables import Experiment, Run

_TABLES: dict[str, type[Run | Experiment]] = {"runs": Run, "experiments": Experiment}


def refusal(session: Session, who: Actor, what: str, number: int) -> str:
    """Why somebody may not change one of `runs` or `experiments`; empty where they may.

    Of what is not there nothing is said: whoever changes it finds that out.
    """
    table = _TABLES[what]
    row = session.execute(select(table.id, table.owner).where(table.id == number)).one_or_none()
    if row is None or who.may_change(row.owner):
        return ""
    whose = f"is {row.owner}'s" if row.owner else "has no owner"
    return (
        f"{what.removesuffix('s').capitalize()} {number} {whose}, and members of this lab change "
        "only what they own (OLS_MEMBERS_CHANGE)."
    )


def require(session: Session, run_id: int) -> None:
    """Raises NotYours where whoever asks may not change the run."""
    who = actor()
    if who is not None and who.own_only and (why := refusal(session, who, "runs", run_id)):
        raise NotYours(why)


def all_owners(session: Session) -> list[str]:
    """Everybody who owns a run, sorted."""
    query = select(Run.owner).where(Run.deleted_at.is_(None), Run.owner.is_not(None)).distinct()
    return [name for name in session.scalars(query.order_by(Run.owner)) if name]
