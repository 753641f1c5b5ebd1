"""The JSON API: one module a subject, tried and documented in the order of this list."""

from backend.api import (
    actions,
    classes,
    compare,
    confused,
    docs,
    events,
    experiments,
    exports,
    files,
    find,
    groups,
    logged,
    logged_files,
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
    verdict,
)

ROUTERS = (
    matrices.router,  # the first that is tried: playback asks it dozens of times per second
    groups.router,  # before /api/runs/{run_id}, which would take it for a number
    logged.router,
    logged_files.router,
    runs.router,
    actions.router,
    selection.router,
    experiments.router,
    exports.router,
    tables.router,
    noise.router,
    metrics.router,
    compare.router,
    orders.router,
    classes.router,
    quality.router,
    verdict.router,
    samples.router,
    confused.router,
    events.router,
    files.router,
    system.router,
    find.router,
    observe.router,
    docs.router,
)

ROUTES = [route for router in ROUTERS for route in router.routes]
