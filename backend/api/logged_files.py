"""Logged runs: the matrices and sample images that a loop sends, as files."""

from __future__ import annotations

from backend.api.bodies import RawBody, file_of
from backend.api.logged import MOST_EPOCH
from backend.api.numbers import ClassNumber, EpochNumber, RunId
from backend.api.params import Config, Db, MatrixKind
from backend.matrix.npy import read_matrix
from backend.schemas.logged import StoredMatrix, StoredSamples
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import events, logged_points, logged_runs, matrix_records, samples
from backend.store.errors import Unfit
from backend.store.image_strips import PNG, WEBP

router = Router(prefix="/api/runs/{run_id}", tags=["logged runs"])

MOST_K = 1024


@router.put(
    "/matrices/{kind}/{epoch}",
    status_code=201,
    openapi_extra=file_of("application/x-npy", "application/octet-stream"),
    responses={409: {}},
)
def put_matrix(
    run_id: RunId, kind: MatrixKind, epoch: EpochNumber, body: RawBody, database: Db, config: Config
) -> Json[StoredMatrix]:
    """Stores a matrix of an epoch: a .npy file of float32 or float64, (k, k), k at most 1,024.
    Within 1.3e-4 where all its values lie in [0, 1], else exactly."""
    if epoch > MOST_EPOCH:
        raise Unfit("epoch", f"must be at most {MOST_EPOCH:,}")
    try:
        matrix = read_matrix(body, MOST_K)
    except ValueError as error:
        raise Unfit("body", f"the matrix {error}") from None
    encoded = matrix_records.encode_one(run_id, kind, epoch, matrix)  # before SQLite's write lock
    with database.write() as session:
        run = logged_runs.open_run(session, run_id, config.stale_seconds)
        stored = matrix_records.replace(session, run_id, kind, epoch, encoded)
        said = logged_points.epoch_event(run, epoch) | {"matrices": {kind: stored.version}}
        events.append(session, run_id, "epoch", said)
        cancel = run.cancel_requested
    answer: StoredMatrix = {
        "kind": kind,
        "epoch": epoch,
        "k": stored.k,
        "version": stored.version,
        "codec": stored.codec,
        "cancel_requested": cancel,
    }
    return Json(answer, 201)


@router.put(
    "/samples/{row}", status_code=201, openapi_extra=file_of(PNG, WEBP), responses={409: {}}
)
def put_samples(
    run_id: RunId, row: ClassNumber, body: RawBody, database: Db, config: Config
) -> Json[StoredSamples]:
    """Stores sample images of a class: a PNG or WebP of square tiles side by side, at most 1 MB."""
    with database.write() as session:
        run = logged_runs.open_run(session, run_id, config.stale_seconds)
        version = samples.record_strip(session, run, row, body)
        cancel = run.cancel_requested
    answer: StoredSamples = {"number": row, "version": version, "cancel_requested": cancel}
    return Json(answer, 201)
