"""What pages ask of matrices: one class over the epochs, and the strongest pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.matrix.class_orders import row_entropies, row_shares
from backend.matrix.similarity import (
    Array,
    Cell,
    first_rose,
    sparse,
    stands_out,
    strongest_pairs,
    strongest_partners,
    trend,
)
from backend.schemas.matrices import (
    ClassDetail,
    ClassPair,
    ClassRow,
    ConfusedClasses,
    Partner,
)
from backend.store import class_facts, matrices, matrix_rows
from backend.store.errors import NotFound
from backend.store.matrices import Version

PARTNERS = 8
HISTORY = 60  # epochs of a pair's history at most
HISTORY_OF_MANY = 24  # ... for more than 256 classes, where every row takes longer to read


def class_detail(
    session: Session, run_id: int, number: int, epoch: int | None, top: int = PARTNERS
) -> ClassDetail:
    """One class over the epochs (`GET /api/runs/{id}/classes/{c}`). Raises NotFound."""
    stored = matrices.versions(session, run_id, "soft_labels")
    now = matrices.newest(session, run_id, "soft_labels", epoch)
    rows = _shares(session, run_id, "soft_labels", stored, [number])[:, 0]
    epochs = [item.epoch for item in stored]
    facts = class_facts.get(session, run_id)
    names = facts.names(now.k)
    row = rows[epochs.index(now.epoch)]
    partners = strongest_partners(row, number, top)
    return {
        "class": number,
        "name": names[number],
        "superclass": facts.superclasses[number] if facts.superclasses else None,
        "epoch": now.epoch,
        "epochs": epochs,
        "accuracy": _accuracies(session, run_id, number, epochs),
        "entropy": row_entropies(rows).tolist(),
        "target": rows[:, number].tolist(),
        "train_size": facts.train_size(number),
        "corrupted_share": facts.corrupted_share(number),
        "partners": [_partner(k, names[k], rows, epochs, now.epoch, number) for k in partners],
        "tail": max(0.0, float(1 - row[number] - row[partners].sum())) if row.any() else 0.0,
    }


def class_table(session: Session, run_id: int) -> list[ClassRow]:
    """Every class in the newest soft labels, the hardest first. Raises NotFound.

    `accuracy` is None, and the class last, where its validation images were not counted then.
    """
    now = matrices.newest(session, run_id, "soft_labels")
    frame = matrices.frame(session, run_id, "soft_labels", now.epoch)
    matrix = row_shares(frame.finite())
    facts = class_facts.get(session, run_id)
    names, accuracies = facts.names(now.k), _accuracies_of_all(session, run_id, now)
    rows: list[ClassRow] = [
        {
            "class": number,
            "name": names[number],
            "epoch": now.epoch,
            "accuracy": accuracies[number],
            "target": float(matrix[number, number]),
            "entropy": float(entropy),
            "corrupted_share": facts.corrupted_share(number),
            "partners": [
                {"name": names[k], "now": float(matrix[number, k])}
                for k in strongest_partners(matrix[number], number, 1)
            ],
        }
        for number, entropy in enumerate(row_entropies(matrix))
    ]
    return sorted(rows, key=lambda row: math.inf if row["accuracy"] is None else row["accuracy"])


def pairs(
    session: Session, run_id: int, kind: str, epoch: int | None, *, symmetric: bool, limit: int
) -> list[ClassPair]:
    """The strongest pairs (`GET /api/runs/{id}/pairs`), largest first. Raises NotFound."""
    now = matrices.newest(session, run_id, kind, epoch)
    frame = matrices.frame(session, run_id, kind, now.epoch)
    matrix = row_shares(frame.finite())
    strongest = strongest_pairs(matrix, limit, symmetric=symmetric)
    stored = [v for v in matrices.versions(session, run_id, kind) if v.epoch <= now.epoch]
    most = HISTORY if now.k <= 256 else HISTORY_OF_MANY
    stored = [stored[index] for index in sparse(stored, most)]
    involved = sorted({place.a for place in strongest} | {p.b for p in strongest if symmetric})
    rows = _shares(session, run_id, kind, stored, involved)
    by_class = {row: rows[:, index] for index, row in enumerate(involved)}
    names = class_facts.get(session, run_id).names(now.k)
    epochs = [item.epoch for item in stored]
    return [_pair(place, names, matrix, by_class, epochs, symmetric) for place in strongest]


def most_confused(session: Session, run_id: int, limit: int) -> list[ConfusedClasses]:
    """The pairs of classes that the last counted epoch confuses most; maybe none."""
    try:
        now = matrices.newest(session, run_id, "confusion")
        matrix = row_shares(matrices.frame(session, run_id, "confusion", now.epoch).finite())
    except NotFound:
        return []
    names = class_facts.get(session, run_id).names(now.k)
    return [
        {"a_name": names[pair.a], "b_name": names[pair.b], "share": pair.value}
        for pair in strongest_pairs(matrix, limit, symmetric=True)
    ]


def _pair(
    place: Cell,
    names: Sequence[str],
    matrix: Array,
    rows: Mapping[int, Array],
    epochs: list[int],
    symmetric: bool,
) -> ClassPair:
    a, b = place.a, place.b
    history, out = rows[a][:, b], stands_out(rows[a], a, b)
    if symmetric:
        history, out = (history + rows[b][:, a]) / 2, out | stands_out(rows[b], b, a)
    return {
        "a": a,
        "b": b,
        "a_name": names[a],
        "b_name": names[b],
        "value": place.value,
        "forward": float(matrix[a, b]),
        "reverse": float(matrix[b, a]),
        "trend": trend(epochs, history.tolist()),
        "first_rose": first_rose(epochs, out),
        "epochs": epochs,
        "history": history.tolist(),
    }


def _partner(k: int, name: str, rows: Array, epochs: list[int], now: int, target: int) -> Partner:
    until = epochs.index(now) + 1
    return {
        "class": k,
        "name": name,
        "now": float(rows[until - 1, k]),
        "first_rose": first_rose(epochs[:until], stands_out(rows[:until], target, k)),
        "values": rows[:, k].tolist(),
    }


def _accuracies_of_all(session: Session, run_id: int, now: Version) -> list[float | None]:
    """Of every class in that epoch."""
    if matrices.version(session, run_id, "confusion", now.epoch) is None:
        return [None] * now.k
    counts = matrices.frame(session, run_id, "confusion", now.epoch).finite()
    hits, totals = np.diagonal(counts), counts.sum(axis=1)
    return [float(hit / total) if total else None for hit, total in zip(hits, totals, strict=True)]


def _accuracies(
    session: Session, run_id: int, number: int, epochs: Sequence[int]
) -> list[float | None]:
    """The class's validation accuracy in these epochs; None where it was not measured."""
    wanted = set(epochs)
    stored = [v for v in matrices.versions(session, run_id, "confusion") if v.epoch in wanted]
    counts = matrix_rows.rows(session, run_id, "confusion", stored, [number])
    accuracies = {
        item.epoch: float(row[number] / row.sum())
        for item, row in zip(stored, counts[:, 0].astype(np.float64), strict=True)
        if row.sum()
    }
    return [accuracies.get(epoch) for epoch in epochs]


def _shares(
    session: Session, run_id: int, kind: str, stored: Sequence[Version], wanted: Sequence[int]
) -> Array:
    """Rows (epochs, rows, k) brought to sum 1."""
    values = matrix_rows.rows(session, run_id, kind, stored, wanted).astype(np.float64)
    return row_shares(values.reshape(-1, values.shape[-1])).reshape(values.shape)
