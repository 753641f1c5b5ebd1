"""Views of the runs table, named by somebody and there for everybody. Functions do not commit."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.schemas.saved_views import SavedView
from backend.store.errors import Conflict, NotFound
from backend.store.folding import fold
from backend.store.tables import View

MOST = 200  # views of a lab


def listing(session: Session) -> list[SavedView]:
    """All of them, by name."""
    return [_json(view) for view in session.scalars(select(View).order_by(View.folded_name))]


def save(session: Session, name: str, query: str) -> SavedView:
    """A new view, or another query for the one of this name, whatever its capitals."""
    view = session.scalar(select(View).where(View.folded_name == fold(name)))
    if view is None:
        if (session.scalar(select(func.count(View.id))) or 0) >= MOST:
            raise Conflict(f"There are {MOST} views already; remove one first.")
        view = View(created_at=datetime.now(UTC))
        session.add(view)
    view.name, view.folded_name, view.query = name, fold(name), query
    session.flush()
    return _json(view)


def remove(session: Session, view_id: int) -> None:
    """Raises NotFound."""
    view = session.get(View, view_id)
    if view is None:
        raise NotFound(f"There is no view {view_id}.")
    session.delete(view)


def _json(view: View) -> SavedView:
    return {
        "id": view.id,
        "name": view.name,
        "query": view.query,
        "created_at": view.created_at,
    }
