"""What routes take: the database, the settings, a run's id, the filters of a list.

Dependencies are `async def`, so that they run in place and cost no thread.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from backend.api.numbers import Id
from backend.core.run_states import RunState
from backend.core.settings import Settings
from backend.server.live_events import Tail
from backend.store.conditions import parse
from backend.store.database import Database
from backend.store.errors import NotFound
from backend.store.listing import SORTS, RunQuery, sort_name
from backend.store.requests import MOST_TAGS
from backend.store.run_numbers import natural


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _tail(request: Request) -> Tail:
    tail: Tail = request.app.state.tail
    return tail


Db = Annotated[Database, Depends(_database)]
Config = Annotated[Settings, Depends(_settings)]
LiveTail = Annotated[Tail, Depends(_tail)]
Kind = Annotated[
    Literal["soft_labels", "confusion", "val_probs"], Query(description="Which matrix.")
]


def _printable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain a NUL character")
    return text


def _known_characters(thing: str, pattern: str) -> BeforeValidator:
    """A name in a path that could be a `thing`'s; else nothing has it: raises NotFound."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise NotFound(f"There is no {thing} {text[:40]!r}.")
        return text

    return BeforeValidator(read)


MatrixKind = Annotated[
    str,
    _known_characters("kind of matrix", "[a-z][a-z0-9_]{0,31}"),
    Path(description="`soft_labels`, `confusion`, `val_probs`, or a logged run's own."),
]
WorkerName = Annotated[
    str,
    _known_characters("worker", r"[^\x00]{1,200}"),
    Path(description="As the list of workers names it."),
]


def split(text: str) -> list[str]:
    """The parts of a comma-separated list, without empty ones."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _run_numbers(text: str) -> str:
    for part in split(text):
        if natural(part) is None:
            raise ValueError(f"{part[:20]!r} is no run's number")
    return text


Text = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_printable)]
MaxPoints = Annotated[
    int | None,
    Query(
        ge=10,
        le=100_000,
        description="At most so many points, chosen by the lowest and highest values.",
    ),
]
RunNumbers = Annotated[Text, AfterValidator(_run_numbers), Query(description="Only these runs.")]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
]


def _separated(tags: list[str]) -> list[str]:
    parts = [part for tag in tags for part in split(tag)]
    if len(parts) > MOST_TAGS:
        raise ValueError(f"a run has at most {MOST_TAGS} tags")
    return parts


# A comma separates tags wherever they are given, in a list's items too: no tag holds one.
TagText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(_printable),
]
Tags = Annotated[list[TagText], Field(max_length=MOST_TAGS), AfterValidator(_separated)]


Priority = Annotated[
    int, Field(strict=True, ge=-1000, le=1000, description="Higher runs are claimed first.")
]


def _condition(text: str) -> str:
    if text.strip():  # forms send empty fields too
        parse(text)
    return text


def _sort_name(text: str) -> str:
    name = sort_name(text) if text else ""
    if name is None:
        raise ValueError(
            f"{text[:40]!r} can't be sorted by: use {', '.join(SORTS)}, a field like "
            "spec.method.alpha or a metric like val_ece.last"
        )
    return name


def _states(text: str) -> str:
    for name in split(text):
        if name not in set(RunState):
            raise ValueError(f"{name[:40]!r} is no state: use {', '.join(RunState)}")
    return text


MOST_VALUES = 100  # of a parameter that may be repeated

_Several = Annotated[
    list[Text] | None,
    Query(max_length=MOST_VALUES, description="Repeat it to allow several values."),
]
_Condition = Annotated[Text, AfterValidator(_condition)]
_Sort = Annotated[
    str,
    AfterValidator(_sort_name),
    Query(
        description=f"One of {', '.join(SORTS)}, a field (spec.method.alpha) or a metric "
        "(val_ece.last); a minus sorts downwards."
    ),
]


async def run_query(
    state: Annotated[
        list[Annotated[Text, AfterValidator(_states)]] | None,
        Query(
            max_length=MOST_VALUES,
            description=f"{', '.join(RunState)}; repeat it to allow several.",
        ),
    ] = None,
    method: _Several = None,
    dataset: _Several = None,
    owner: _Several = None,
    tag: _Several = None,
    experiment: Annotated[
        list[Id] | None,
        Query(max_length=MOST_VALUES, description="Runs of these experiments."),
    ] = None,
    where: Annotated[
        list[_Condition] | None,
        Query(
            max_length=MOST_VALUES,
            description="spec.method.alpha>=0.5, val_top1.best>0.8 ...; all of them hold.",
        ),
    ] = None,
    q: Annotated[
        Text, Query(description="Part of the name, the notes or a tag, or a number.")
    ] = "",
    archived: Annotated[
        bool, Query(description="true: archived runs instead of the others.")
    ] = False,
    pinned: Annotated[
        bool | None, Query(description="true: pinned runs; false: the others.")
    ] = None,
    sort: _Sort = "-id",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[Text | None, Query(description="`next_cursor` of the page before.")] = None,
) -> RunQuery:
    """The filters, order and place in a list of runs, from a URL's query."""
    return RunQuery(
        states=_values(state),
        methods=_values(method),
        datasets=_values(dataset),
        owners=_values(owner),
        tags=_values(tag),
        experiments=tuple(experiment or ()),
        where=tuple(parse(text) for text in where or () if text.strip()),
        q=q,
        archived=archived,
        pinned=pinned,
        sort=sort or "-id",
        limit=limit,
        cursor=cursor or None,
    )


def _values(texts: list[str] | None) -> tuple[str, ...]:
    """Commas separate values too; an empty one, as forms send it, filters nothing."""
    return tuple(part for text in texts or () for part in split(text))


RunFilter = Annotated[RunQuery, Depends(run_query)]
