"""What is known of a run's classes: names, superclasses, training labels and wrong ones."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.errors import NotFound
from backend.store.tables import Run
from ols.spec.catalogue import superclasses


@dataclass(frozen=True)
class ClassFacts:
    """`superclasses` has one name per class, or is None where the dataset has none.

    `labelled` counts the training labels of each class as trained on, `corrupted` those of them
    that the noise made wrong; both are empty for runs of older versions.
    """

    classes: tuple[str, ...]
    superclasses: tuple[str, ...] | None
    labelled: tuple[int, ...] = ()
    corrupted: tuple[int, ...] = ()

    def names(self, count: int) -> tuple[str, ...]:
        """The names of `count` classes; their numbers where names were never recorded."""
        return self.classes if len(self.classes) == count else tuple(map(str, range(count)))

    def train_size(self, number: int) -> int | None:
        """How many training labels say this class; None where it was not recorded."""
        return self.labelled[number] if number < len(self.labelled) else None

    def corrupted_share(self, number: int) -> float | None:
        """The share of them that is wrong."""
        size = self.train_size(number)
        return self.corrupted[number] / size if size else None


def get(session: Session, run_id: int) -> ClassFacts:
    """Raises NotFound."""
    columns = (Run.classes, Run.dataset, Run.label_counts)
    row = session.execute(
        select(*columns).where(Run.id == run_id, Run.deleted_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    classes = tuple(row.classes or ())
    counts = row.label_counts or {}
    return ClassFacts(
        classes,
        superclasses(row.dataset, len(classes)),
        tuple(counts.get("labelled", ())),
        tuple(counts.get("corrupted", ())),
    )
