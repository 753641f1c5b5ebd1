"""What can be chosen in a spec, with help and sources: plain tables, no torch.

The form, `/api/catalogue` and the docs read them; a test checks that they agree with the spec's
unions and with the tables of code (ols.methods, ols.data, ols.models).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ols.spec.datasets.entries import DATASETS
from ols.spec.entry import Entry
from ols.spec.methods.entries import METHODS
from ols.spec.models.entries import MODELS
from ols.spec.presets import PRESETS

__all__ = ["DATASETS", "METHODS", "MODELS", "Entry", "catalogue"]


def catalogue() -> dict[str, Any]:
    """All tables as JSON values (availability is added by whoever knows the workers)."""
    return {
        "methods": [entry.describe() for entry in METHODS],
        "datasets": [entry.describe() for entry in DATASETS],
        "models": [entry.describe() for entry in MODELS],
        "presets": [asdict(preset) for preset in PRESETS],
    }
