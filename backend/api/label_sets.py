"""Label sets: decisions on training labels, in versions.

PUT /api/label-sets/{name}    a new version
GET /api/label-sets/{name}    the newest, or ?version=
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator, Field, StringConstraints

from backend.api.bodies import JsonBody
from backend.api.exports import csv_file
from backend.api.media import media
from backend.api.numbers import LARGEST_CLASS
from backend.api.params import Db, Text
from backend.core.spreadsheets import safe_cell
from backend.schemas.audit import LabelSetAnswer, LabelSetList
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import label_sets
from backend.store.errors import NotFound, Unfit
from backend.store.tables import LabelSet, SampleImage, largest

router = Router(prefix="/api/label-sets", tags=["audit"])

MOST_DECISIONS = 200_000
NAME = r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}"


def _known(text: str) -> str:
    if not re.fullmatch(NAME, text):
        raise NotFound(
            f"There is no label set {text[:40]!r}; names have letters, digits, spaces and . _ -, "
            "and begin with a letter or digit."
        )
    return text


SetName = Annotated[str, BeforeValidator(_known), Path(description="The label set's name.")]
Version = Annotated[
    int | None, Query(ge=1, le=largest(LabelSet.version), description="The newest by default.")
]


class Decision(JsonBody):
    """`label`: a class; null drops the sample. A label that is given again confirms it."""

    number: Annotated[int, Field(strict=True, ge=0, le=largest(SampleImage.number))]
    label: Annotated[int, Field(strict=True, ge=0, le=LARGEST_CLASS)] | None


class NewVersion(JsonBody):
    """All decisions of the new version; `by`: who made those that are new."""

    dataset: Annotated[
        str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")
    ]
    decisions: Annotated[list[Decision], Field(max_length=MOST_DECISIONS)]
    by: Annotated[Text, StringConstraints(max_length=100)] = ""


@router.get("")
def listing(
    database: Db, dataset: Annotated[Text, Query(description="Of this dataset alone.")] = ""
) -> Json[LabelSetList]:
    """The newest version of each label set."""
    with database.read() as session:
        return Json({"label_sets": label_sets.listing(session, dataset)})


@router.put("/{label_set}")
def put(label_set: SetName, body: NewVersion, database: Db) -> Json[LabelSetAnswer]:
    """Saves a new version with exactly these decisions."""
    decisions = {decision.number: decision.label for decision in body.decisions}
    if len(decisions) < len(body.decisions):
        raise Unfit("decisions", "a number has two decisions; keep one")
    with database.write() as session:
        return Json(label_sets.put(session, label_set, body.dataset, decisions, body.by))


@router.get("/{label_set}")
def get(label_set: SetName, database: Db, version: Version = None) -> Json[LabelSetAnswer]:
    """A version's decisions, with who made them and when."""
    with database.read() as session:
        return Json(label_sets.get(session, label_set, version))


@router.get(
    "/{label_set}/labels.csv", response_class=StreamingResponse, responses=media("text/csv")
)
def as_csv(label_set: SetName, database: Db, version: Version = None) -> StreamingResponse:
    """number,label,by,at; the label of a dropped sample is empty."""
    with database.read() as session:
        answer = label_sets.get(session, label_set, version)
    return csv_file(_lines(answer), f"{label_set}-v{answer['version']}.csv")


def _lines(answer: LabelSetAnswer) -> Iterator[Sequence[Any]]:
    yield ("number", "label", "by", "at")
    for decision in answer["decisions"]:
        label = "" if decision["label"] is None else decision["label"]
        yield decision["number"], label, safe_cell(decision["by"]), decision["at"]
