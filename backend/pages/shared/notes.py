"""Markdown notes of runs and experiments: their box on the page, and a preview while one writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fastapi.responses import Response
from markupsafe import Markup

from backend.api.bodies import JsonBody
from backend.api.numbers import ExperimentId, RunId
from backend.api.params import Db, Text
from backend.core.actor import may_change
from backend.pages.shared.context import Context
from backend.pages.shared.render import page
from backend.reports.markdown import markdown
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import experiments, runs

router = Router()


@dataclass(frozen=True)
class Notes:
    """What somebody wrote about a run or an experiment."""

    place: str  # of its API: runs/3
    text: str
    html: Markup
    editable: bool  # by whoever asks


@dataclass(frozen=True)
class NotesBox(Context):
    """Notes and their editor, fetched when they have changed."""

    template = "shared/_notes.html"
    notes: Notes


class Draft(JsonBody):
    """Notes that are not saved yet."""

    text: Text


def notes_of(kind: Literal["runs", "experiments"], subject: Mapping[str, Any]) -> Notes:
    """The notes of a run or an experiment as JSON."""
    text, editable = subject["notes"], may_change(subject["owner"])
    return Notes(f"{kind}/{subject['id']}", text, markdown(text), editable)


@router.post("/fragments/markdown")
def preview(body: Draft) -> Json:
    """A draft as it would look: `{"html": safe HTML}`."""
    return Json({"html": markdown(body.text)})


@router.get("/fragments/runs/{run_id}/notes")
def run_notes(run_id: RunId, database: Db) -> Response:
    """A run's notes."""
    with database.read() as session:
        return _box("runs", runs.get(session, run_id))


@router.get("/fragments/experiments/{experiment_id}/notes")
def experiment_notes(experiment_id: ExperimentId, database: Db) -> Response:
    """An experiment's notes."""
    with database.read() as session:
        return _box("experiments", experiments.get(session, experiment_id))


def _box(kind: Literal["runs", "experiments"], subject: Mapping[str, Any]) -> Response:
    return page(NotesBox(queue=None, notes=notes_of(kind, subject)))
