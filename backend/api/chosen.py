"""The runs that a conclusion is about: filters as in `GET /api/runs`, or their numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator

from backend.api.numbers import natural
from backend.api.params import RunFilter, Text, split
from backend.store.listing import RunQuery


@dataclass(frozen=True)
class Chosen:
    """`ids` narrows what `query` finds; empty, all that it finds are meant."""

    query: RunQuery
    ids: tuple[int, ...]


def _numbers(text: str) -> str:
    for part in split(text):
        if natural(part) is None:
            raise ValueError(f"{part[:20]!r} is no run's number")
    return text


async def _chosen(
    query: RunFilter,
    runs: Annotated[Text, AfterValidator(_numbers), Query(description="Only these runs.")] = "",
) -> Chosen:
    ids = tuple(int(part) for part in split(runs))
    # Who names an archived run means it.
    return Chosen(replace(query, archived=None) if ids else query, ids)


ChosenRuns = Annotated[Chosen, Depends(_chosen)]
