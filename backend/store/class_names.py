"""A run's class names and superclasses."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.errors import NotFound
from backend.store.tables import Run
from ols.entries.superclasses import superclasses


@dataclass(frozen=True)
class ClassNames:
    """`superclasses` has one name per class, or is None where the dataset has none."""

    classes: tuple[str, ...]
    superclasses: tuple[str, ...] | None

    def names(self, count: int) -> tuple[str, ...]:
        """The names of `count` classes; their numbers where names were never recorded."""
        return self.classes if len(self.classes) == count else tuple(map(str, range(count)))


def get(session: Session, run_id: int) -> ClassNames:
    """Raises NotFound."""
    query = select(Run.classes, Run.dataset).where(Run.id == run_id, Run.deleted_at.is_(None))
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    classes = tuple(row.classes or ())
    return ClassNames(classes, superclasses(row.dataset, len(classes)))
