"""Matrices: the list, one frame, one class over all epochs.

A stored frame leaves as it lies in the database (Content-Encoding: gzip). A client that does not
take gzip gets it unpacked; `Accept: application/x-npy` or `?format=npy` gets float32 values.
"""

from __future__ import annotations

import gzip
from typing import Annotated, Literal

from fastapi import Header, Query, Request, Response
from sqlalchemy.orm import Session

from backend.api.caching import freshness
from backend.api.media import ETAG, NOT_MODIFIED, Responses, header, media
from backend.api.numbers import ClassNumber, EpochNumber, RunId
from backend.api.params import Db, MatrixKind
from backend.matrix import frames
from backend.matrix.csv_table import table
from backend.schemas.matrices import MatrixList
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import class_facts, matrices, matrix_rows, runs
from backend.store.errors import NotFound
from backend.store.matrices import Frame

router = Router(prefix="/api/runs/{run_id}/matrices", tags=["matrices"])

MATRIX = "application/vnd.ols.matrix"
NPY = "application/x-npy"

_HEADERS = {
    **ETAG,
    "X-Matrix-Shape": header("Rows and columns of the answer: `k,k`, of a strip `epochs,k`."),
    "X-Matrix-Codec": header("How a frame's bytes hold its values; of frames alone."),
    "Content-Encoding": header("`gzip` where the client takes it, else `identity`; of frames."),
}
_EPOCHS = {"X-Matrix-Epochs": header("The epochs of a strip's rows, comma-separated.")}
_FRAME: Responses = {**media(MATRIX, NPY, "text/csv", headers=_HEADERS), **NOT_MODIFIED}
_STRIP: Responses = {
    **media(MATRIX, NPY, "text/csv", headers={**_HEADERS, **_EPOCHS}),
    **NOT_MODIFIED,
}

Format = Annotated[
    Literal["npy", "csv", ""],
    Query(description="npy: a float32 .npy file; csv: with the classes' names on both sides."),
]
AcceptHeader = Annotated[str, Header()]


@router.get("")
def listing(run_id: RunId, database: Db) -> Json[list[MatrixList]]:
    """Which matrices are kept."""
    with database.read() as session:
        runs.require(session, run_id)
        return Json(matrices.listing(session, run_id))


@router.get("/{kind}/{epoch}", response_class=Response, responses=_FRAME)
def frame(
    request: Request,
    run_id: RunId,
    kind: MatrixKind,
    epoch: EpochNumber,
    database: Db,
    format: Format = "",
    preview: Annotated[bool, Query(description="At most 256 x 256, max-pooled.")] = False,
    v: Annotated[str, Query(description="The version from the list: cached for ever.")] = "",
) -> Response:
    """One matrix, row-major; row = target or true class."""
    answer = _Negotiated(request, format)
    with database.read() as session:
        stored = matrices.stored(session, run_id, kind, epoch, preview=preview)
        if stored is None:
            runs.require(session, run_id)
            raise NotFound(f"Run {run_id} has no matrix {kind[:40]} of epoch {epoch}.")
        name = f"{stored.version}-preview" if preview else stored.version
        answer.cache = freshness(for_ever=v == stored.version)
        if answer.known(name):
            return answer.not_modified(name)
        matrix = matrices.read(session, stored)
        if answer.csv:
            answer.columns = answer.rows = _names(session, run_id, matrix)
    answer.file = f"run-{run_id}-{kind}-epoch-{epoch}"
    return answer.send(matrix, name, {})


@router.get("/{kind}/class/{row}", response_class=Response, responses=_STRIP)
def class_strip(
    request: Request,
    run_id: RunId,
    kind: MatrixKind,
    row: ClassNumber,
    database: Db,
    format: Format = "",
) -> Response:
    """Row `row` of every epoch, (epochs, k); header X-Matrix-Epochs names the epochs."""
    answer = _Negotiated(request, format)
    with database.read() as session:
        runs.require(session, run_id)
        stored = matrices.versions(session, run_id, kind)
        text = ",".join(f"{item.epoch}:{item.version}" for item in stored)
        name = frames.version(f"{row};{text}".encode())
        if stored and answer.known(name):
            return answer.not_modified(name)
        matrix, epochs = matrix_rows.class_strip(session, run_id, kind, row)
        answer.columns, answer.rows = _names(session, run_id, matrix), list(map(str, epochs))
    answer.file = f"run-{run_id}-{kind}-class-{row}"
    return answer.send(matrix, name, {"X-Matrix-Epochs": ",".join(map(str, epochs))})


def _names(session: Session, run_id: int, matrix: Frame) -> list[str]:
    """Of the columns: the classes, or in a preview the blocks' numbers."""
    return list(class_facts.get(session, run_id).names(matrix.shape[1]))


class _Negotiated:
    """One answer's form: npy, csv, gzipped frame or plain frame, each with its own ETag.

    `rows` and `columns` are what a table calls them, `file` the name of a download.
    """

    def __init__(self, request: Request, format: str) -> None:
        headers = request.headers
        self.csv = format == "csv"
        self.npy = not self.csv and (format == "npy" or NPY in headers.get("accept", ""))
        self.rows: list[str] = []
        self.columns: list[str] = []
        self.file = ""
        self.gzip = not (self.npy or self.csv) and _takes_gzip(headers.get("accept-encoding", ""))
        self.if_none_match = headers.get("if-none-match", "")
        self.cache = freshness(for_ever=False)

    def known(self, version: str) -> bool:
        """True if the client has these bytes already."""
        tags = {tag.strip().removeprefix("W/") for tag in self.if_none_match.split(",")}
        return "*" in tags or self._etag(version) in tags

    def not_modified(self, version: str) -> Response:
        """304."""
        return Response(status_code=304, headers=self._headers(version))

    def send(self, frame: Frame, version: str, headers: dict[str, str]) -> Response:
        """The frame in the negotiated form."""
        shape = ",".join(map(str, frame.shape))
        headers = {**self._headers(version), **headers, "X-Matrix-Shape": shape}
        if self.npy or self.csv:
            suffix = "npy" if self.npy else "csv"
            headers["Content-Disposition"] = f'attachment; filename="{self.file}.{suffix}"'
        if self.npy:
            return Response(frames.to_npy(frame.decode()), headers=headers, media_type=NPY)
        if self.csv:
            text = table(frame.decode(), self.rows, self.columns)
            return Response(text, headers=headers, media_type="text/csv; charset=utf-8")
        headers["X-Matrix-Codec"] = frame.codec
        data = frame.data
        if self.gzip:
            headers["Content-Encoding"] = "gzip"
        else:
            data = gzip.decompress(data)
            # The codec's gzip is not ours to repeat: the client asked for plain bytes.
            headers["Content-Encoding"] = "identity"
        return Response(data, headers=headers, media_type=MATRIX)

    def _etag(self, version: str) -> str:
        form = "npy" if self.npy else "csv" if self.csv else "gzip" if self.gzip else "plain"
        return f'"{version}-{form}"'

    def _headers(self, version: str) -> dict[str, str]:
        return {
            "ETag": self._etag(version),
            "Cache-Control": self.cache,
            "Vary": "Accept, Accept-Encoding",
        }


def _takes_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        if name.strip() in ("gzip", "x-gzip", "*"):
            weight = parameters.replace(" ", "").removeprefix("q=")
            return weight not in ("0", "0.0", "0.00", "0.000")
    return False
