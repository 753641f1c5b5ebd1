"""Audits of runs' training labels: per sample a few numbers, and pictures of the suspicious.

A run's columns are packed whole: a page needs the order of all samples by one score, which NumPy
finds in 5 ms for 50,000, and nothing asks for single rows.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.store.errors import NotFound
from backend.store.jsonable import finite
from backend.store.runs import require
from backend.store.tables import Audit, AuditColumn, AuditPicture, Run
from ols.spec.audit_scores import DEFAULT_SCORE
from ols.training.epoch_report import SampleAudit

if TYPE_CHECKING:
    from numpy.typing import NDArray

Column: TypeAlias = "NDArray[np.generic]"


@dataclass(frozen=True)
class AuditFacts:
    """Of one run; `truth`: its true labels are known, for the noise was made or is."""

    run_id: int
    version: str
    samples: int
    size: int
    rates: dict[str, float | None]
    cuts: dict[str, float | None]
    truth: bool


def joint_kind(score: str) -> str:
    """The kind of matrix that holds the joint which a score estimates."""
    return "noise_joint" if score == DEFAULT_SCORE else f"noise_joint_{score}"


def record(session: Session, run: Run, audit: SampleAudit) -> None:
    """In place of what was there."""
    session.execute(delete(Audit).where(Audit.run_id == run.id))
    said = {
        name: {score: finite(value) for score, value in values.items()}
        for name, values in (("rates", audit.rates), ("cuts", audit.cuts))
    }
    digest, rows = hashlib.sha256(repr(said).encode()), []
    for name, values in audit.columns.items():
        little = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"), copy=False))
        digest.update(name.encode() + little.tobytes())
        data = zlib.compress(little.tobytes(), 1)
        rows.append({"run_id": run.id, "name": name, "dtype": little.dtype.str, "data": data})
    session.add(
        Audit(
            run_id=run.id,
            version=digest.hexdigest()[:16],
            samples=len(audit.columns["number"]),
            size=audit.size,
            **said,
            created_at=datetime.now(UTC),
        )
    )
    session.flush()
    session.execute(insert(AuditColumn), rows)
    pictures = [
        {"run_id": run.id, "number": number, "data": data}
        for number, data in audit.pictures.items()
    ]
    if pictures:
        session.execute(insert(AuditPicture), pictures)


def facts(session: Session, run_id: int) -> AuditFacts:
    """Raises NotFound where there is no such run or it has no audit (yet)."""
    require(session, run_id)
    row = session.get(Audit, run_id)
    if row is None:
        raise NotFound(f"Run {run_id} has no audit: it comes with the run's last epoch.")
    truth = session.get(AuditColumn, (run_id, "true")) is not None
    return AuditFacts(run_id, row.version, row.samples, row.size, row.rates, row.cuts, truth)


def exists(session: Session, run_id: int) -> bool:
    return session.scalar(select(Audit.run_id).where(Audit.run_id == run_id)) is not None


def columns(session: Session, run_id: int) -> dict[str, Column]:
    """(N,) each, in the order of the run's training split."""
    query = select(AuditColumn.name, AuditColumn.dtype, AuditColumn.data)
    query = query.where(AuditColumn.run_id == run_id)
    stored: dict[str, Column] = {
        row.name: np.frombuffer(zlib.decompress(row.data), row.dtype)
        for row in session.execute(query)
    }
    if stored and "class_margin" not in stored:  # an audit of before this score
        from ols.measures.label_audit import class_margin  # with NumPy: not at the head

        given, aum = stored["given"].astype(np.int64), stored["aum"].astype(np.float64)
        stored["class_margin"] = class_margin(given, aum, int(given.max(initial=0)) + 1)
    return stored


def drawn(session: Session, run_id: int) -> set[int]:
    """Numbers of the samples that have a picture."""
    return set(session.scalars(select(AuditPicture.number).where(AuditPicture.run_id == run_id)))


def picture(session: Session, run_id: int, number: int) -> bytes:
    """WebP. Raises NotFound."""
    query = select(AuditPicture.data)
    data = session.scalar(query.where(AuditPicture.run_id == run_id, AuditPicture.number == number))
    if data is None:
        raise NotFound(f"There is no picture of training image {number}.")
    return data
