"""The JSON API: one module a subject, listed here in the order of the documentation."""

from backend.api import (
    actions,
    classes,
    docs,
    events,
    experiments,
    files,
    groups,
    matrices,
    metrics,
    noise,
    observe,
    orders,
    quality,
    runs,
    samples,
    selection,
    system,
    tables,
)

ROUTERS = (
    groups.router,  # before /api/runs/{run_id}, which would take it for a number
    runs.router,
    actions.router,
    selection.router,
    experiments.router,
    tables.router,
    noise.router,
    metrics.router,
    matrices.router,
    orders.router,
    classes.router,
    quality.router,
    samples.router,
    events.router,
    files.router,
    system.router,
    observe.router,
    docs.router,
)
