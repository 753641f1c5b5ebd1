"""Logged runs: what somebody else's training loop sends (backend.store.logged_runs).

POST /api/runs/logged          begins a run, or finds that of the same key again
POST /api/runs/{id}/log        up to 10,000 points, by epoch or by step
POST /api/runs/{id}/finish     how the loop ended
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    with_config,
)
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from backend.api.bodies import JsonBody, RawBody, body_of
from backend.api.numbers import RunId
from backend.api.params import Config, Db, Name, Tags, Text
from backend.core.run_states import FINAL, RunState
from backend.schemas.logged import LogResult
from backend.schemas.runs import RunDetail
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import logged_points, logged_runs, runs
from backend.store.errors import Unfit
from backend.store.jsonable import plain_json
from backend.store.logged_points import LoggedPoints
from backend.store.tables import MOST_NAME

router = Router(prefix="/api/runs", tags=["logged runs"])

MOST_POINTS = 10_000  # of a call
MOST_EPOCH = 100_000  # an epoch is a row that pages read whole; what is finer is a step
MOST_STEP = 2**53 - 1  # what JavaScript counts exactly
LONGEST_ERROR = 20_000  # characters
MOST_CLASSES = 100_000
AHEAD = timedelta(hours=1)  # how far a loop's clock may be before this one

# A number too, for to write a date costs a loop's step as much as all the rest of its point.
Time = Annotated[
    AwareDatetime,
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "number", "minimum": 0}],
            "description": "ISO 8601 with its offset, or seconds since 1970.",
        }
    ),
]
ShortName = Annotated[Name, Field(max_length=64)]
Better = Literal["min", "max"]


def metric_name(name: str) -> str:
    """Raises ValueError for what no metric may be called."""
    if not 1 <= len(name) <= MOST_NAME:
        raise ValueError(f"a metric's name has 1 to {MOST_NAME} characters, not {len(name):,}")
    if "," in name or not name.isprintable() or name != name.strip():
        raise ValueError(
            "a metric's name is of printable characters, without commas and spaces around it"
        )
    return name


class NewLoggedRun(JsonBody):
    """What a loop says of its run. The same `key` again finds the same run."""

    name: Name | None = Field(None, description="Empty: `logged run`.")
    tags: Tags = Field([])
    notes: Text = ""
    config: Annotated[Any, BeforeValidator(plain_json)] = Field(
        None, description="Any JSON: what the run is filtered and grouped by, as `config.lr`."
    )
    method: ShortName | None = None
    dataset: ShortName | None = None
    model: ShortName | None = None
    epochs: int | None = Field(
        None, strict=True, ge=1, le=MOST_EPOCH, description="How many there will be."
    )
    classes: Annotated[list[Name], Field(max_length=MOST_CLASSES)] | None = Field(
        None, description="Names of the rows and columns of its matrices."
    )
    better: dict[Annotated[str, AfterValidator(metric_name)], Better] = Field(
        default_factory=dict,
        max_length=logged_points.MOST_METRICS,
        description="Which way a metric is better. Else: min where its name holds loss, error or "
        "ece, and max where not.",
    )
    key: Name | None = Field(None, description="Of the loop's choice, unique in this lab.")


@with_config(ConfigDict(extra="forbid"))
class Point(TypedDict, total=False):
    """What was measured at one epoch or at one step; epochs and steps begin at 0."""

    epoch: Annotated[int, Field(strict=True, ge=0, le=MOST_EPOCH)] | None
    step: Annotated[int, Field(strict=True, ge=0, le=MOST_STEP)] | None
    time: Time | None
    metrics: dict[str, Annotated[float, Field(strict=True)] | None]


@with_config(ConfigDict(extra="forbid"))
class PointsOfCall(TypedDict):
    """The points of one call. One that was sent before is replaced."""

    points: Annotated[list[Point], Field(max_length=MOST_POINTS)]


def _final(state: RunState) -> RunState:
    if state not in FINAL:
        raise ValueError(f"a loop ends as {', '.join(FINAL)}")
    return state


def _end_of(text: str) -> str:
    """What an exception says last is what it was."""
    return text[-LONGEST_ERROR:]


class Ending(JsonBody):
    """How a loop ended; where a user asked it to end, the run is cancelled."""

    state: Annotated[RunState, AfterValidator(_final)] = RunState.FINISHED
    error: Annotated[str, AfterValidator(_end_of)] | None = Field(
        None, description="Why it failed; of a long text the end is kept."
    )


_POINTS = TypeAdapter(PointsOfCall)


@router.post("/logged", status_code=201, responses={200: {"model": RunDetail}})
def begin(body: NewLoggedRun, database: Db, config: Config) -> Json[RunDetail]:
    """Begins a logged run. The same `key` again answers its run (200), reopened if it had failed or
    was cancelled."""
    facts = body.model_dump(include={"name", "tags", "key", "notes", "config", "classes", "better"})
    named = {part: getattr(body, part) or "" for part in ("method", "dataset", "model")}
    with database.write() as session:
        run_id, new = logged_runs.begin(
            session,
            stale_seconds=config.stale_seconds,
            epochs=body.epochs or 0,
            **facts,
            **named,
        )
        answer = runs.get(session, run_id)
    return Json(answer, 201 if new else 200, {"Location": url(f"/api/runs/{run_id}")})


@router.post(
    "/{run_id}/log", openapi_extra=body_of(_POINTS, "application/json"), responses={409: {}}
)
def log(run_id: RunId, body: RawBody, database: Db, config: Config) -> Json[LogResult]:
    """Stores up to 10,000 points. The same point again replaces, so a retry is harmless."""
    points = _read(body)
    with database.write() as session:
        run = logged_runs.open_run(session, run_id, config.stale_seconds)
        logged_points.record(session, run, _grouped(points))
        answer: LogResult = {
            "accepted": len(points),
            "last_epoch": logged_points.last_epoch(session, run),
            "last_step": run.last_step,
            "cancel_requested": run.cancel_requested,
        }
    return Json(answer)


@router.post("/{run_id}/finish", responses={409: {}})
def finish(run_id: RunId, body: Ending, database: Db, config: Config) -> Json[RunDetail]:
    """Ends a logged run."""
    with database.write() as session:
        logged_runs.finish(session, run_id, body.state, body.error, config.stale_seconds)
        return Json(runs.get(session, run_id))


def _read(body: bytes) -> list[Point]:
    try:
        return _POINTS.validate_json(body)["points"]
    except ValidationError as error:
        raise RequestValidationError([_located(item, body) for item in error.errors()]) from None


def _located(item: ErrorDetails, body: bytes) -> dict[str, Any]:
    """As FastAPI's own errors: in the body, broken JSON at a character."""
    if item["type"] != "json_invalid":
        return {**item, "loc": ("body", *item["loc"])}
    said, line, column = re.split(r" at line (\d+) column (\d+)", item["ctx"]["error"])[:3]
    before = body.splitlines(keepends=True)[: int(line) - 1]
    place = sum(map(len, before)) + int(column)
    return {**item, "loc": ("body", place), "ctx": {"error": said}}


def _grouped(points: list[Point]) -> LoggedPoints:
    """Raises Unfit for the first one that can't be stored."""
    now = datetime.now(UTC)
    here, latest = now.timestamp(), (now + AHEAD).timestamp()
    grouped, names = LoggedPoints(), set[str]()
    for place, point in enumerate(points):
        epoch, step = point.get("epoch"), point.get("step")
        metrics, time = point.get("metrics"), point.get("time")
        seconds = here if time is None else time.timestamp()
        if (epoch is None) == (step is None):
            raise Unfit(f"points.{place}", "give either an epoch or a step")
        if not metrics:
            raise Unfit(f"points.{place}.metrics", "give at least one metric")
        if seconds > latest:
            said = f"lies in the future; here it is {now:%Y-%m-%d %H:%M} UTC"
            raise Unfit(f"points.{place}.time", said)
        if not names.issuperset(metrics):
            _check_names(place, metrics)
            names.update(metrics)
        if epoch is not None:
            grouped.add_epoch(epoch, time or now, metrics)
        elif step is not None:
            grouped.add_step(place, step, seconds, metrics)
    return grouped


def _check_names(place: int, metrics: dict[str, float | None]) -> None:
    for name in metrics:
        try:
            metric_name(name)
        except ValueError as error:
            raise Unfit(f"points.{place}.metrics.{name[:40]}", str(error)) from None
