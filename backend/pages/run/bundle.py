"""`/fragments/bundle`: what the parts of a run's page ask for at the same time, as one request."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Request
from fastapi.responses import Response
from pydantic import AfterValidator, Field

from backend.api.bodies import JsonBody
from backend.api.params import Text
from backend.server.addresses import below
from backend.server.bundles import answer_together
from backend.server.late_routes import Router

router = Router()

MOST = 24  # questions

# Neither streams nor files: what a page shows.
_SHOWN = re.compile(
    r"/api/runs/\d+/(matrices|classes|pairs|confused|reliability|quality|orders|log)\b.*"
    r"|/fragments/runs/\d+/(head|charts|verdict|samples|matrices|attempts|notes)\b.*"
)


def _shown(path: str) -> str:
    if not path.isascii() or not _SHOWN.fullmatch(below(path)):
        raise ValueError(f"{path[:80]!r} is no part of a run's page")
    return path


class Questions(JsonBody):
    """Paths with their queries, as each would be asked by GET."""

    paths: list[Annotated[Text, AfterValidator(_shown)]] = Field(min_length=1, max_length=MOST)


@router.post("/fragments/bundle")
async def bundle(request: Request, body: Questions) -> Response:
    """All answers, in the form that backend.server.bundles describes."""
    return await answer_together(request, body.paths)
