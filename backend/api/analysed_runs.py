"""The runs that a conclusion is about: filters as in `GET /api/runs`, or their numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends

from backend.api.params import RunFilter, RunNumbers, split
from backend.store.listing import RunQuery


@dataclass(frozen=True)
class AnalysedRuns:
    """`ids` narrows what `query` matches; empty, all that it matches are meant."""

    query: RunQuery
    ids: tuple[int, ...]


async def _analysed_runs(query: RunFilter, runs: RunNumbers = "") -> AnalysedRuns:
    ids = tuple(int(part) for part in split(runs))
    # Who names an archived run means it.
    return AnalysedRuns(replace(query, archived=None) if ids else query, ids)


AnalysedRunsFilter = Annotated[AnalysedRuns, Depends(_analysed_runs)]
