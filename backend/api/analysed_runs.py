"""The runs that a conclusion is about: filters as in `GET /api/runs`, or their numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator

from backend.api.params import RunFilter, Text, split
from backend.store.listing import RunQuery
from backend.store.run_numbers import natural


@dataclass(frozen=True)
class AnalysedRuns:
    """`ids` narrows what `query` matches; empty, all that it matches are meant."""

    query: RunQuery
    ids: tuple[int, ...]


def _numbers(text: str) -> str:
    for part in split(text):
        if natural(part) is None:
            raise ValueError(f"{part[:20]!r} is no run's number")
    return text


async def _analysed_runs(
    query: RunFilter,
    runs: Annotated[Text, AfterValidator(_numbers), Query(description="Only these runs.")] = "",
) -> AnalysedRuns:
    ids = tuple(int(part) for part in split(runs))
    # Who names an archived run means it.
    return AnalysedRuns(replace(query, archived=None) if ids else query, ids)


AnalysedRunsFilter = Annotated[AnalysedRuns, Depends(_analysed_runs)]
