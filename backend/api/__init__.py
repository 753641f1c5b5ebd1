"""The JSON API: one module a subject, listed here in the order of the documentation."""

from backend.api import actions, docs, events, files, matrices, metrics, runs, system

ROUTERS = (
    runs.router,
    actions.router,
    metrics.router,
    matrices.router,
    events.router,
    files.router,
    system.router,
    docs.router,
)
