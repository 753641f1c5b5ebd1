"""Rows of the lab, as plain dictionaries and as a pandas.DataFrame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import pandas as pd


class Rows(Sequence[dict[str, Any]]):
    """What was asked for, in the lab's order; asked when it is first looked at."""

    def __init__(self, load: Callable[[], list[dict[str, Any]]]) -> None:
        self._load = load

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return self._load()

    def frame(self) -> pd.DataFrame:
        """One row each; nested fields become columns with dots in their names: `spec.method.alpha`,
        `summary.val_top1.best` as `val_top1.best`. Times are pandas timestamps."""
        import pandas as pd  # half a second, which a loop that only logs need not wait

        return _with_times(pd.DataFrame([flat(row) for row in self._rows]))

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
        return f"<{type(self).__name__}; .frame() makes a pandas.DataFrame>"


class Runs(Rows):
    """Runs as the API answers them, page by page; `frame` asks for a table instead, which costs
    the lab half and this process a twentieth."""

    def __init__(
        self, load: Callable[[], list[dict[str, Any]]], table: Callable[[], bytes]
    ) -> None:
        super().__init__(load)
        self._table = table

    def frame(self) -> pd.DataFrame:
        """One row per run: id, name, state, tags, times, method, dataset, model, every field of
        spec and config (`spec.method.alpha`, `config.lr`), last and best of each metric
        (`val_top1.best`)."""
        import pandas as pd

        table = pd.read_csv(
            BytesIO(self._table()),
            dtype=dict.fromkeys(_TEXTS, "str"),
            keep_default_na=False,  # a run may be called "None"
            na_values=[""],
            low_memory=False,
        )
        for name in table.select_dtypes(["object", "str"]).columns:
            table[name] = table[name].map(_unmarked, na_action="ignore")
        table["tags"] = [
            text.split(", ") if isinstance(text, str) else [] for text in table["tags"]
        ]
        return _with_times(table)


_TEXTS = ("name", "source", "state", "tags", "notes", "owner")
_MARK = re.compile(r"'(?=[=+\-@\t\r\n])")


def _unmarked(value: Any) -> Any:
    """The lab marks what a spreadsheet would take for a formula; true and false are no texts."""
    if isinstance(value, str) and _MARK.match(value):
        return value[1:]
    return value


def _with_times(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    for name in table.columns:
        if name == "time" or name.endswith("_at"):
            table[name] = pd.to_datetime(table[name], format="ISO8601", utc=True)
    return table


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
