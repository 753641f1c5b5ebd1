"""Every page, in the order in which their addresses are tried."""

from backend.pages import (
    account,
    audit,
    experiment,
    experiments,
    noise,
    notifications,
    queue,
    reports,
    table,
)
from backend.pages.compare import page as compare
from backend.pages.methods import page as methods
from backend.pages.new_run import fork
from backend.pages.new_run import page as new_run
from backend.pages.new_run import preview as new_run_preview
from backend.pages.run import bundle as run_bundle
from backend.pages.run import matrix_table
from backend.pages.run import page as run
from backend.pages.runs import page as runs
from backend.pages.shared import notes
from backend.pages.workers import page as workers

PAGES = (
    runs,
    queue,
    new_run,  # /runs/new, before /runs/{run_id}, which would take it for a number
    new_run_preview,
    fork,
    reports,
    run,
    matrix_table,
    run_bundle,
    audit,
    compare,
    experiments,
    experiment,
    table,
    noise,
    workers,
    notifications,
    methods,
    account,
    notes,
)

ROUTES = [route for page in PAGES for route in page.router.routes]
