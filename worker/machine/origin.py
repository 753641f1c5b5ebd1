"""Where the runs of this worker come from: its own code and machine."""

from __future__ import annotations

from functools import cache

from ols.provenance.origin import Facts, code_changes, origin


@cache
def worker_origin() -> tuple[Facts, str]:
    """Its facts and, with OLS_RECORD_CODE=1, the changes of its code: those with which it started,
    for what is changed later is not what it runs."""
    return origin(), code_changes()
