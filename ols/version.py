"""The version of the distribution `ols-lab`. pyproject.toml states it; its metadata carry it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "ols-lab"


def installed_version() -> str:
    """Such as `0.2.0`; `unknown` where the sources were copied and not installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


__version__ = installed_version()
