"""A run of another tracker, as all readers give it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ols.client import checks
from ols.client.values import number


@dataclass
class SourceRun:
    """One run: what it is, its points, and what of it the lab has no place for.

    `identity` is the same each time the run is read, and no other run's: it becomes the key.
    """

    identity: str
    name: str
    config: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    notes: str = ""
    state: str = "finished"
    left_out: Counter[str] = field(default_factory=Counter)  # reason: how many
    # (axis, place): time and values, so that the metrics of one step are one point
    _points: dict[tuple[str, int], tuple[str | None, dict[str, float | None]]] = field(
        default_factory=dict
    )

    def add(self, axis: str, place: Any, name: str, value: Any, time: datetime | None) -> None:
        """What can't be a point is counted under its reason."""
        try:
            epoch, step = (place, None) if axis == "epoch" else (None, place)
            axis, at = checks.place(epoch, step)
            checked, measured = checks.metric_name(name.strip().replace(",", ";")), number(value)
        except (TypeError, ValueError) as error:
            self.left_out[f"values: {error}"] += 1
            return
        text = None if time is None else time.astimezone(UTC).isoformat()
        _, values = self._points.setdefault((axis, at), (text, {}))
        values[checked] = measured

    def points(self) -> Iterator[dict[str, Any]]:
        """As the lab takes them, in order."""
        for (axis, at), (time, values) in sorted(self._points.items()):
            yield {axis: at, **({"time": time} if time else {}), "metrics": values}

    @property
    def values(self) -> int:
        return sum(len(values) for _, values in self._points.values())
