"""`/runs/{id}/audit`: the training images whose labels look wrong, and what one decides on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import Response

from backend.analysis.figures.audit import histogram_figure
from backend.api.audit import (
    Asked,
    Cursor,
    SamplesAsked,
    audited_runs,
    page_of,
    summary_of,
)
from backend.api.numbers import RunId
from backend.api.params import Config, Db, split
from backend.pages.shared.context import Context, Option
from backend.pages.shared.render import page, queue_of
from backend.schemas.audit import AuditPage, AuditSummary
from backend.schemas.runs import RunDetail
from backend.server.addresses import url
from backend.server.late_routes import Router
from backend.store import audits, label_sets, runs
from ols.spec.audit_scores import DEFAULT_SCORE, SCORES

router = Router()

FIRST_PAGE = 120  # samples

TITLES = {score.name: score.title for score in SCORES}


@dataclass(frozen=True)
class AuditGrid(Context):
    """Some more samples, fetched while one scrolls."""

    template = "audit/_samples.html"
    samples: AuditPage
    more: str  # the address of the samples behind these; empty at the end
    size: int


@dataclass(frozen=True)
class LabelAuditPage(Context):
    """`/runs/{id}/audit`"""

    template = "audit/page.html"
    run: RunDetail
    others: list[int]  # runs that are audited with it
    samples: AuditPage
    more: str
    size: int
    summary: AuditSummary
    figure: dict[str, Any]
    scores: list[Option]
    help: str
    score: str
    row: int | None
    pair: str
    label_set: str
    label_sets: list[str]
    data: dict[str, Any]  # of label-audit.js
    address: str  # the page's own, to ask the API for the same


@dataclass(frozen=True)
class NoAudit(Context):
    """The page of a run that has none (yet)."""

    template = "audit/none.html"
    run: RunDetail


@router.get("/runs/{run_id}/audit")
def audit_page(run_id: RunId, database: Db, config: Config, asked: SamplesAsked) -> Response:
    """The page; its address says the score, the filters and the label set."""
    with database.read() as session:
        run = runs.get(session, run_id)
        if not audits.exists(session, run_id):
            return page(NoAudit(queue=queue_of(session, config), run=run))
        together = audited_runs(session, run_id, asked.more, asked.labels)
        listed = [each["name"] for each in label_sets.listing(session, together.dataset)]
        queue = queue_of(session, config)
        samples = page_of(session, together, asked, FIRST_PAGE)
    summary = summary_of(together, asked.score)
    here = _address(asked)
    return page(
        LabelAuditPage(
            queue=queue,
            run=run,
            others=together.run_ids[1:],
            samples=samples,
            more=_more(run_id, here, samples),
            size=together.facts.size,
            summary=summary,
            figure=histogram_figure(summary, TITLES[asked.score]),
            scores=[Option(each.name, each.title) for each in SCORES],
            help=next(each.help for each in SCORES if each.name == asked.score),
            score=asked.score,
            row=asked.row,
            pair=asked.pair,
            label_set=asked.labels,
            label_sets=listed,
            data={
                "run": run_id,
                "name": run["name"],
                "spec": run["spec"],
                "dataset": together.dataset,
                "classes": list(together.classes),
                "set": asked.labels or f"run-{run_id}",
                "decisions": [[number, label] for number, label in together.decided.items()],
                "suspicious": round((summary["estimated_rate"] or 0) * summary["samples"]),
                "samples": url(f"/fragments/runs/{run_id}/samples"),
            },
            address=urlencode(here),
        )
    )


@router.get("/fragments/runs/{run_id}/audit")
def more_samples(run_id: RunId, database: Db, asked: SamplesAsked, cursor: Cursor = "") -> Response:
    """The samples behind those that a page has."""
    with database.read() as session:
        together = audited_runs(session, run_id, asked.more, asked.labels)
        samples = page_of(session, together, asked, FIRST_PAGE, cursor)
    address = _more(run_id, _address(asked), samples)
    return page(AuditGrid(queue=None, samples=samples, more=address, size=together.facts.size))


def _address(asked: Asked) -> list[tuple[str, str]]:
    said = [
        ("score", asked.score if asked.score != DEFAULT_SCORE else ""),
        ("class", "" if asked.row is None else str(asked.row)),
        ("pair", ",".join(split(asked.pair))),
        ("with", asked.more),
        ("labels", asked.labels),
    ]
    return [(name, value) for name, value in said if value]


def _more(run_id: int, here: list[tuple[str, str]], samples: AuditPage) -> str:
    cursor = samples["next_cursor"]
    if cursor is None:
        return ""
    return url(f"/fragments/runs/{run_id}/audit?") + urlencode([*here, ("cursor", cursor)])
