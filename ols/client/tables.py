"""Rows of the lab, as plain dictionaries and as a pandas.DataFrame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import pandas as pd


class Rows(Sequence[dict[str, Any]]):
    """What was asked for, in the lab's order."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def frame(self) -> pd.DataFrame:
        """One row each; nested fields become columns with dots in their names: `spec.method.alpha`,
        `config.lr`, `summary.val_top1.best` as `val_top1.best`. Times are pandas timestamps."""
        import pandas as pd  # half a second, which a loop that only logs need not wait

        table = pd.DataFrame([flat(row) for row in self._rows])
        for name in table.columns:
            if name == "time" or name.endswith("_at"):
                table[name] = pd.to_datetime(table[name], format="ISO8601", utc=True)
        return table

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<{len(self):,} rows; .frame() makes a pandas.DataFrame>"


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without nesting: dots join the names. Lists stay lists."""
    cells: dict[str, Any] = {}
    _flatten(row, "", cells)
    return cells


def _flatten(row: Mapping[str, Any], prefix: str, cells: dict[str, Any]) -> None:
    for name, value in row.items():
        # A metric's summary has the name that filters and sorts use for it.
        path = prefix if not prefix and name == "summary" else f"{prefix}{name}"
        if isinstance(value, Mapping):
            _flatten(value, f"{path}." if path else "", cells)
        else:
            cells[path] = value
