"""Audits of a run's training labels: suspicious samples, numbers on them, pictures, a CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from backend.analysis import audit as analysis
from backend.analysis.audit import Ranked, RunAudit
from backend.analysis.rankings import Rankings, remembered
from backend.api.caching import cached_picture
from backend.api.exports import csv_file
from backend.api.media import ETAG, NOT_MODIFIED, Responses, media
from backend.api.numbers import LARGEST_CLASS, ImageNumber, RunId
from backend.api.params import Db, RunNumbers, Text, split
from backend.core import late_numpy as np
from backend.core.spreadsheets import safe_cell
from backend.schemas.audit import AuditedSample, AuditPage, AuditSummary
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store import audits, class_facts, label_sets, runs
from backend.store.audits import AuditFacts
from backend.store.errors import BadCursor, Unfit
from backend.store.jsonable import finite
from backend.store.run_numbers import natural
from ols.measures.label_issues import label_issues
from ols.spec.audit_scores import DEFAULT_SCORE, SCORE_NAMES, ScoreName

router = Router(prefix="/api/runs/{run_id}", tags=["audit"])

MOST_SAMPLES = 500  # of a page
MOST_RUNS = 20  # that are audited together

_PICTURE: Responses = {**media("image/webp", headers=ETAG), **NOT_MODIFIED}

Score = Annotated[ScoreName, Query(description="By which samples are ranked.")]
With = Annotated[RunNumbers, Query(alias="with", description="More runs of the same dataset.")]


def _pair(text: str) -> str:
    if text and (len(parts := split(text)) != 2 or any(natural(part) is None for part in parts)):
        raise ValueError("write two classes' numbers: given,suggested")
    return text


Pair = Annotated[
    Text,
    AfterValidator(_pair),
    Query(description="`3,5`: labelled 3 and looking like 5.", examples=["3,5"]),
]
OneClass = Annotated[
    int | None, Query(alias="class", ge=0, le=LARGEST_CLASS, description="Of this given class.")
]
Cursor = Annotated[Text, Query(description="`next_cursor` of the page before.")]
LabelSetName = Annotated[Text, Query(description="A label set, whose decisions are shown.")]


@dataclass(frozen=True)
class Asked:
    """Which samples of which runs: the score that ranks them, a given class or a pair, more runs,
    the label set whose decisions are shown."""

    score: ScoreName
    row: int | None
    pair: str
    more: str
    labels: str


async def _asked(
    score: Score = DEFAULT_SCORE,
    row: OneClass = None,
    pair: Pair = "",
    more: With = "",
    labels: LabelSetName = "",
) -> Asked:
    return Asked(score, row, pair, more, labels)


SamplesAsked = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True)
class AuditedRuns:
    """Runs that are audited together; facts are the first one's. `decided`: what the label set
    that is shown says of the samples."""

    run_ids: list[int]
    facts: AuditFacts
    classes: tuple[str, ...]
    dataset: str
    rankings: Rankings
    decided: dict[int, int | None]

    def by(self, score: str) -> Ranked:
        return self.rankings.by(score)

    def name(self, label: int) -> str:
        return self.classes[label] if label < len(self.classes) else str(label)


def audited_runs(session: Session, run_id: int, more: str = "", labels: str = "") -> AuditedRuns:
    """Raises NotFound for a run without an audit, Unfit for one of another dataset."""
    run_ids = list(dict.fromkeys([run_id, *map(int, split(more))]))
    if len(run_ids) > MOST_RUNS:
        raise Unfit("with", f"at most {MOST_RUNS} runs are audited together")
    first = runs.get(session, run_id)
    facts = [audits.facts(session, number) for number in run_ids]
    for number in run_ids[1:]:
        if _data_of(runs.get(session, number)) != _data_of(first):
            raise Unfit("with", f"run {number} is on other data than run {run_id}")
    return AuditedRuns(
        run_ids,
        facts[0],
        class_facts.get(session, run_id).classes,
        first["dataset"] or "",
        remembered(
            tuple(each.version for each in facts),
            lambda: [RunAudit(audits.columns(session, each.run_id), each.cuts) for each in facts],
        ),
        decided=label_sets.decided(session, labels) if labels else {},
    )


def _data_of(run: Any) -> Any:
    """What must be the same for a number to mean the same image."""
    dataset = dict(run["spec"]["dataset"])
    for indifferent in ("workers", "crop", "size"):
        dataset.pop(indifferent, None)
    return dataset, run["classes"]


@router.get("/audit")
def listing(
    run_id: RunId,
    database: Db,
    asked: SamplesAsked,
    limit: Annotated[int, Query(ge=1, le=MOST_SAMPLES, description="Samples at most.")] = 100,
    cursor: Cursor = "",
) -> Json[AuditPage]:
    """Training samples, those with the most suspicious labels first."""
    with database.read() as session:
        together = audited_runs(session, run_id, asked.more, asked.labels)
        return Json(page_of(session, together, asked, limit, cursor))


def page_of(
    session: Session, together: AuditedRuns, asked: Asked, limit: int, cursor: str = ""
) -> AuditPage:
    """What the API and the page show: `limit` samples from `cursor` on."""
    by_score = together.by(asked.score)
    order = _filtered(by_score, asked.row, asked.pair)
    start = _start(cursor, len(order))
    places = order[start : start + limit]
    after = start + len(places)
    return {
        "score": asked.score,
        "scores": list(SCORE_NAMES),
        "truth": together.facts.truth,
        "total": len(order),
        "runs": together.run_ids,
        "samples": _samples(session, together, by_score, places),
        "next_cursor": str(after) if after < len(order) else None,
    }


@router.get("/audit/summary")
def summary(
    run_id: RunId, database: Db, score: Score = DEFAULT_SCORE, more: With = ""
) -> Json[AuditSummary]:
    """Estimated noise, and where the truth is known how well each score finds it."""
    with database.read() as session:
        together = audited_runs(session, run_id, more)
    return Json(summary_of(together, score))


def summary_of(together: AuditedRuns, score: ScoreName) -> AuditSummary:
    """What the API and the page say."""
    by_score = {name: together.by(name) for name in SCORE_NAMES}
    one, facts = by_score[score], together.facts
    edges, counts, wrong = analysis.histogram(one)
    rates = facts.rates if len(together.run_ids) == 1 else _rates(by_score)
    errors = one.wrong
    return {
        "score": score,
        "scores": list(SCORE_NAMES),
        "samples": len(one.values),
        "estimated_rate": rates.get(score),
        "estimated_rates": rates,
        "matrix": audits.joint_kind(score),
        "truth": facts.truth,
        "true_rate": None if errors is None else float(errors.mean()),
        "precision_at": None if errors is None else _texts(analysis.precision_at(one)),
        "recall_at": None if errors is None else _texts(analysis.recall_at(one)),
        "auroc": None
        if errors is None
        else {name: together.rankings.auroc(name) for name in SCORE_NAMES},
        "histogram": {"edges": edges, "counts": counts, "wrong": wrong, "cut": finite(one.cut)},
        "pairs": [
            {
                "given": given,
                "suggested": suggested,
                "given_name": together.name(given),
                "suggested_name": together.name(suggested),
                "count": count,
            }
            for given, suggested, count in analysis.pairs(one)
        ],
    }


@router.get("/audit.csv", response_class=StreamingResponse, responses=media("text/csv"),
            dependencies=[LARGE])  # fmt: skip
def as_csv(
    run_id: RunId, database: Db, score: Score = DEFAULT_SCORE, more: With = ""
) -> StreamingResponse:
    """All samples, the most suspicious first. `label_issue` and `label_score` are cleanlab's
    `is_label_issue` and `label_score` (1: surely right)."""
    with database.read() as session:
        together = audited_runs(session, run_id, more)
    return csv_file(_lines(together, score), f"audit-{run_id}.csv")


@router.get("/audit/images/{number}", response_class=Response, responses=_PICTURE)
def picture(
    request: Request,
    run_id: RunId,
    number: ImageNumber,
    database: Db,
    v: Annotated[str, Query(description="The version: cached for ever.")] = "",
) -> Response:
    """One training image as a tile (WebP)."""
    with database.read() as session:
        facts = audits.facts(session, run_id)
        return cached_picture(
            request,
            f'"{facts.version}-{number}"',
            lambda: audits.picture(session, run_id, number),
            for_ever=v == facts.version,
        )


def _filtered(by_score: Ranked, row: int | None, pair: str) -> analysis.Numbers:
    order = by_score.order
    given, suggested = by_score.columns["given"][order], by_score.columns["suggested"][order]
    if pair:
        a, b = map(int, split(pair))
        return order[(given == a) & (suggested == b)]
    return order if row is None else order[given == row]


def _start(cursor: str, total: int) -> int:
    start = natural(cursor) if cursor else 0
    if start is None or start > total:
        raise BadCursor("not a cursor of this list; start without one")
    return start


def _samples(
    session: Session, together: AuditedRuns, by_score: Ranked, chosen: analysis.Numbers
) -> list[AuditedSample]:
    columns, facts = by_score.columns, together.facts
    drawn = audits.drawn(session, facts.run_id)
    ranks = np.empty(len(by_score.order), np.int64)
    ranks[by_score.order] = np.arange(1, len(ranks) + 1)
    base = url(f"/api/runs/{facts.run_id}/audit/images/")
    samples = []
    for place in chosen.tolist():
        number, given = int(columns["number"][place]), int(columns["given"][place])
        suggested = int(columns["suggested"][place])
        sample: AuditedSample = {
            "number": number,
            "given": given,
            "given_name": together.name(given),
            "suggested": suggested,
            "suggested_name": together.name(suggested),
            "score": finite(by_score.values[place]),
            "rank": int(ranks[place]),
            "confidence": finite(columns["confidence"][place]),
            "deviation": finite(columns["deviation"][place]),
            "learned": int(columns["learned"][place]) or None,
            "forgotten": int(columns["forgotten"][place]),
            "url": f"{base}{number}?v={facts.version}" if number in drawn else None,
        }
        if facts.truth:
            sample["true"] = int(columns["true"][place])
            sample["true_name"] = together.name(sample["true"])
        if number in together.decided:
            sample["decision"] = together.decided[number]
        if by_score.agreement is not None:
            sample["agreement"] = int(by_score.agreement[place])
        samples.append(sample)
    return samples


def _rates(by_score: dict[ScoreName, Ranked]) -> dict[str, float | None]:
    """Of several runs: the share of samples at or above the common cut."""
    return {
        name: 0.0 if each.cut is None else float((each.values >= each.cut).mean())
        for name, each in by_score.items()
    }


def _texts(by_depth: dict[int, float]) -> dict[str, float]:
    return {str(depth): value for depth, value in by_depth.items()}


def _lines(together: AuditedRuns, score: str) -> Iterator[Sequence[Any]]:
    by_score = together.by(score)
    columns, truth = by_score.columns, together.facts.truth
    shown = [name for name in SCORE_NAMES if name in columns]
    extra = ["true"] if truth else []
    yield [
        *("number", "given_label", "given_name", "predicted_label", "predicted_name"),
        *("is_label_issue", "label_score", "rank", "confidence", "deviation"),
        *("learned", "forgotten", *shown, *extra),
    ]
    cut = np.inf if by_score.cut is None else by_score.cut
    issues = label_issues(columns, by_score.values, by_score.order, cut)
    for rank, each in enumerate(issues, start=1):
        place = each.place
        yield [
            each.number,
            each.given,
            safe_cell(together.name(each.given)),
            each.predicted,
            safe_cell(together.name(each.predicted)),
            each.is_issue,
            each.score,
            rank,
            *(finite(columns[name][place]) for name in ("confidence", "deviation")),
            int(columns["learned"][place]),
            int(columns["forgotten"][place]),
            *(finite(columns[name][place]) for name in shown),
            *(int(columns[name][place]) for name in extra),
        ]
