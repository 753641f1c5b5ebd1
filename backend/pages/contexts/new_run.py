"""What the new run form's template may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.pages.contexts.base import Context
from backend.schemas.runs import RunDetail


@dataclass(frozen=True)
class PresetGroup:
    """Presets of one subject, each with its short variant."""

    title: str
    rows: list[tuple[Any, Any]]


@dataclass(frozen=True)
class NewRunPage(Context):
    """`/runs/new`"""

    template = "new_run.html"
    presets: list[Any]
    preset_groups: list[PresetGroup]
    preset: str
    source: RunDetail | None
    sections: list[Any]
    name: str
    tags: str
    priority: int
    data: dict[str, Any]  # for spec-form.js: recipes and defaults, the sweep to begin with
    ablations: list[Any]
    ablation: str
    basis: str  # of an ablation's link: what the form shows
    spec_json: str
