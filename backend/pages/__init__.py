"""The HTML pages: pages first, the URL is the state, each with a JSON twin under /api."""

from fastapi import APIRouter

from backend.pages import (
    compare,
    experiments,
    matrix_table,
    methods,
    new_run,
    noise,
    notes,
    report,
    run,
    runs,
    table,
    workers,
)
from backend.pages.render import error_page
from backend.pages.static import mount_static

__all__ = ["error_page", "mount_static", "router"]

router = APIRouter(include_in_schema=False)
# /runs/new stands before /runs/{run_id}, which would take it for a number.
for module in (
    *(runs, new_run, report, run, matrix_table, compare),
    *(experiments, table, noise, workers, methods, notes),
):
    router.include_router(module.router)
