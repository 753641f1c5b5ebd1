"""Whether OLS_NOTIFY_URLS can be used here."""

from __future__ import annotations

from importlib.util import find_spec

from backend.core.settings import Settings


def missing(config: Settings) -> str:
    """What to install; empty where nothing is missing."""
    if not config.notify_urls.get_secret_value().strip() or find_spec("apprise"):
        return ""
    return (
        "OLS_NOTIFY_URLS needs the package apprise, which is not installed: "
        "pip install 'ols-lab[notify]'. OLS_NOTIFY_WEBHOOK works without it."
    )
