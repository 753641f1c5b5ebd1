"""`/compare?runs=1,2`: several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from backend.analysis.comparison.fields import telling_first
from backend.analysis.comparison.pictures import pictures
from backend.analysis.comparison.prefixes import shared_words
from backend.analysis.comparison.settings import as_settings, settings
from backend.analysis.comparison.view import View
from backend.analysis.names import value_words
from backend.analysis.targets import title_of_target
from backend.api.compare import METRICS, ViewAsked
from backend.api.params import MOST_VALUES, Config, Db, Text, split
from backend.pages.compare.choices import choices
from backend.pages.compare.results import ResultTable, result_table
from backend.pages.shared.context import Context, Option
from backend.pages.shared.origin_words import origin_rows
from backend.pages.shared.player import KINDS, kind_titles, player_data, player_run
from backend.pages.shared.render import page, queue_of
from backend.pages.shared.run_links import MOST_COMPARED
from backend.schemas.compare import Comparison
from backend.schemas.runs import RunDetail, RunRow
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store import events, runs
from backend.store.compare import compare
from backend.store.conditions import target_of
from backend.store.errors import NotFound
from backend.store.listing import RunQuery
from backend.store.origin_differences import origin_differences
from backend.store.run_numbers import natural

router = Router()

HEATMAPS = 6  # two rows of three: as many as a person can look at

Runs = Annotated[
    list[Text] | None,
    Query(max_length=MOST_VALUES, description="Run numbers, comma-separated or repeated."),
]


@dataclass(frozen=True)
class ComparePage(Context):
    """`/compare`"""

    template = "compare/page.html"
    runs: list[RunDetail]
    unknown: list[str]
    left_out: int  # runs named beyond MOST_COMPARED
    most: int
    view: Any  # of backend.analysis.comparison, as are the pictures, which are None without runs
    pictures: Any
    choices: dict[str, list[Option]]  # of the selects, by name
    heatmaps: list[RunDetail]
    player: dict[str, Any]
    maps: str  # whose heatmaps: runs, settings, or nothing where all have room
    table: ResultTable
    differences: list[tuple[str, str, list[str]]]  # path, title, a value for each run
    origins: list[tuple[str, list[str]]]  # of code and machines: title, a value for each run
    evals: list[str]
    shared: str  # which runs are the same until which epoch, in words
    cursor: int
    recent: list[RunRow] = field(default_factory=list)


@dataclass(frozen=True)
class ComparePictures(Context):
    """The comparison's pictures, fetched when another view of them is chosen."""

    template = "compare/_view.html"
    view: Any
    pictures: Any
    choices: dict[str, list[Option]]


@dataclass(frozen=True)
class CompareResults(Context):
    """The comparison's tables, fetched when an epoch ends."""

    template = "compare/_results.html"
    table: ResultTable


@router.get("/compare", dependencies=[LARGE])
def compare_page(
    database: Db, config: Config, view: ViewAsked, runs: Runs = None, kind: Text = ""
) -> Response:
    """The comparison; numbers that no run has, and runs beyond the limit, are told of."""
    ids, unknown = _numbers(runs)
    with database.read() as session:
        cursor = events.last_id(session)
        run_ids, missing = _existing(session, ids[:MOST_COMPARED])
        comparison = compare(session, run_ids, names=METRICS, own=True)
        compared = comparison["runs"]
        heatmaps, maps = _heatmaps(compared, view)
        shown = pictures(session, comparison, view) if compared else None
        context = ComparePage(
            queue=queue_of(session, config),
            runs=compared,
            unknown=unknown + missing,
            left_out=len(ids[MOST_COMPARED:]),
            most=MOST_COMPARED,
            view=view,
            pictures=shown,
            choices=choices(shown, view) if shown else {},
            player=player_data(
                [player_run(session, run) for run in heatmaps],
                kind if kind in KINDS else "soft_labels",
                kind_titles([run["method"] for run in compared]),
            ),
            table=result_table(compared, view),
            differences=_differences(comparison),
            origins=origin_rows(origin_differences(session, run_ids)),
            heatmaps=heatmaps,
            maps=maps,
            shared=shared_words(compared),
            evals=sorted({run["eval_on"] for run in compared if run["eval_on"]}),
            cursor=cursor,
            recent=_recent(session) if not compared else [],
        )
    return page(context)


@router.get("/fragments/compare", dependencies=[LARGE])
def results_fragment(database: Db, view: ViewAsked, runs: Runs = None) -> Response:
    """The table of results."""
    ids, _ = _numbers(runs)
    with database.read() as session:
        run_ids, _ = _existing(session, ids[:MOST_COMPARED])
        compared = _get_many(session, run_ids)
    return page(CompareResults(queue=None, table=result_table(compared, view)))


@router.get("/fragments/compare/view", dependencies=[LARGE])
def view_fragment(database: Db, view: ViewAsked, runs: Runs = None) -> Response:
    """The pictures, when another view of them is chosen."""
    ids, _ = _numbers(runs)
    with database.read() as session:
        run_ids, _ = _existing(session, ids[:MOST_COMPARED])
        if not run_ids:
            raise NotFound("None of these runs is there.")
        shown = pictures(session, compare(session, run_ids, names=METRICS, own=True), view)
    return page(
        ComparePictures(queue=None, pictures=shown, choices=choices(shown, view), view=view)
    )


def _heatmaps(compared: Sequence[RunDetail], view: View) -> tuple[list[RunDetail], str]:
    """Whose heatmaps are shown, and which of the two ways that is; no word where all have room."""
    if len(compared) <= HEATMAPS:
        return list(compared), ""
    groups = settings(compared)
    if as_settings(compared, groups, view.maps):
        return [compared[group.places[0]] for group in groups[:HEATMAPS]], "settings"
    return list(compared[:HEATMAPS]), "runs"


def _differences(comparison: Comparison) -> list[tuple[str, str, list[str]]]:
    rows = {row["path"]: row["values"] for row in comparison["differences"]}
    order = telling_first(comparison["differences"])
    return [
        (path, title_of_target(target_of(path)), [value_words(path, value) for value in rows[path]])
        for path in order
    ]


def _numbers(texts: Sequence[str] | None) -> tuple[list[int], list[str]]:
    """The numbers named, each once, and what is no number."""
    given = list(dict.fromkeys(part for text in texts or () for part in split(text)))
    numbers = [number for part in given if (number := natural(part)) is not None]
    return numbers, [part[:20] for part in given if natural(part) is None]


def _existing(session: Session, ids: Sequence[int]) -> tuple[list[int], list[str]]:
    existing, missing = [], []
    for number in ids:
        try:
            runs.require(session, number)
            existing.append(number)
        except NotFound:
            missing.append(str(number))
    return existing, missing


def _get_many(session: Session, ids: Sequence[int]) -> list[RunDetail]:
    return runs.get_many(session, ids) if ids else []


def _recent(session: Session) -> list[RunRow]:
    """What could be compared."""
    newest, _ = runs.listing(session, RunQuery(limit=12))
    return newest
