"""Which runs a conclusion is about, as its page's form and links say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.api.analysed_runs import AnalysedRuns
from backend.core.run_states import RunState
from backend.pages.shared.context import Option
from backend.store import experiments
from ols.spec.catalogue import DATASETS, METHODS


@dataclass(frozen=True)
class Select:
    """A filter with its options; `value` is that of the chosen one."""

    name: str
    title: str
    options: list[Option]
    value: str


@dataclass(frozen=True)
class Choice:
    """The form of _choice.html."""

    selects: list[Select]
    tag: str
    q: str
    where: list[str]
    runs: str
    archived: bool
    pinned: bool
    filtered: bool  # by more than what the form always shows


def choice_of(session: Session, selection: AnalysedRuns) -> Choice:
    """The form as the address fills it."""
    query = selection.query
    listed_experiments = experiments.listing(session)
    names = {str(each["id"]): each["name"] for each in listed_experiments}
    for number in query.experiments:
        names.setdefault(str(number), f"Experiment {number}")
    where = [str(condition) for condition in query.where]
    states = {str(state): str(state) for state in RunState}
    return Choice(
        selects=[
            _select("experiment", "Any experiment", names, query.experiments),
            _select("method", "Any method", {e.name: e.title for e in METHODS}, query.methods),
            _select("dataset", "Any data", {e.name: e.title for e in DATASETS}, query.datasets),
            _select("state", "Any state", states, query.states),
        ],
        tag=",".join(query.tags),
        q=query.q,
        where=where,
        runs=",".join(map(str, selection.ids)),
        archived=query.archived is True,
        pinned=query.pinned is True,
        filtered=bool(query.methods or query.datasets or query.states or query.tags or query.q)
        or bool(where)
        or query.archived is True
        or query.pinned is not None,
    )


def _select(name: str, title: str, options: Mapping[str, str], values: Sequence[Any]) -> Select:
    """Several values of one filter stand as one further option."""
    value = ",".join(map(str, values))
    listed = [Option(key, text) for key, text in options.items()]
    if value and value not in options:
        listed.append(Option(value, value))
    return Select(name, title, listed, value)


def address(selection: AnalysedRuns) -> list[tuple[str, str]]:
    """The parameters that choose these runs, for a link."""
    query = selection.query
    pairs = [
        ("runs", ",".join(map(str, selection.ids))),
        *(("experiment", str(number)) for number in query.experiments),
        ("method", ",".join(query.methods)),
        ("dataset", ",".join(query.datasets)),
        ("state", ",".join(query.states)),
        *(("tag", tag) for tag in query.tags),
        ("q", query.q),
        *(("where", str(condition)) for condition in query.where),
        ("archived", "true" if query.archived is True else ""),
        ("pinned", "" if query.pinned is None else str(query.pinned).lower()),
    ]
    return [(name, value) for name, value in pairs if value]
