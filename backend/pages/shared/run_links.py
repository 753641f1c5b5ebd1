"""Where some runs can be looked at."""

from __future__ import annotations

from collections.abc import Sequence

from backend.server.addresses import url

MOST_COMPARED = 50  # runs on one compare page


def runs_href(run_ids: Sequence[int]) -> str:
    """One run on its own page, several side by side; empty for none."""
    if not run_ids:
        return ""
    if len(run_ids) == 1:
        return url(f"/runs/{run_ids[0]}")
    return url(f"/compare?runs={','.join(map(str, run_ids[:MOST_COMPARED]))}")
