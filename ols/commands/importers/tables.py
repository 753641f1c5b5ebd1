"""Runs of a CSV or Parquet file.

Either in long form, as `ols export --what metrics` writes it: columns `name` and `value` with
`epoch` or `step`; or with a column for each metric beside `epoch` or `step`. A column `run` tells
runs apart, `time` is when a point was measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ols.commands.importers.source import SourceRun
from ols.errors import LabError

if TYPE_CHECKING:
    import pandas as pd

_PLACES = ("epoch", "step")
_NO_METRICS = {"run", "time", *_PLACES}


def read_csv(path: str) -> Iterator[SourceRun]:
    import pandas as pd

    return _runs(Path(path), pd.read_csv)


def read_parquet(path: str) -> Iterator[SourceRun]:
    import pandas as pd

    return _runs(Path(path), pd.read_parquet)


def _runs(path: Path, read: Any) -> Iterator[SourceRun]:
    """Raises LabError for a file that is no table of metrics."""
    try:
        table: pd.DataFrame = read(path)
    except (OSError, ValueError) as error:  # pandas' and pyarrow's errors are ValueErrors
        raise LabError(f"{path} can't be read: {error}") from error
    if not set(_PLACES) & set(table.columns):
        raise LabError(f"{path} has neither a column `epoch` nor `step`; it has {_list(table)}")
    groups = table.groupby("run", sort=False) if "run" in table.columns else [(path.stem, table)]
    for name, rows in groups:
        run = SourceRun(f"{path.resolve()}:{name}", str(name))
        long = {"name", "value"} <= set(table.columns)
        _add_long(run, rows) if long else _add_wide(run, rows)
        yield run


def _add_long(run: SourceRun, rows: pd.DataFrame) -> None:
    for row in _records(rows):
        run.add(*_place(row), str(row["name"]), row["value"], row["time"])


def _add_wide(run: SourceRun, rows: pd.DataFrame) -> None:
    numeric = set(rows.select_dtypes("number").columns)
    metrics = [name for name in rows.columns if name in numeric and name not in _NO_METRICS]
    for name in rows.columns:
        if name not in numeric and name not in _NO_METRICS:
            run.left_out[f"column {name!r}: no numbers"] += 1
    for row in _records(rows):
        for name in metrics:
            if row[name] == row[name]:  # an empty cell is NaN: nothing was measured
                run.add(*_place(row), str(name), row[name], row["time"])


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """With `time` as a datetime or None."""
    import pandas as pd

    times = [None] * len(rows)
    if "time" in rows.columns:
        parsed = pd.to_datetime(rows["time"], errors="coerce", utc=True)
        times = [None if pd.isna(time) else time.to_pydatetime() for time in parsed]
    records: list[dict[str, Any]] = rows.to_dict("records")
    return [{**record, "time": time} for record, time in zip(records, times, strict=True)]


def _place(row: dict[str, Any]) -> tuple[str, Any]:
    """`epoch` where the row has one, else `step`; whole floats are whole numbers."""
    for axis in _PLACES:
        value = row.get(axis)
        if value is not None and value == value:
            whole = isinstance(value, float) and value.is_integer()
            return axis, int(value) if whole else value
    return "step", None


def _list(table: pd.DataFrame) -> str:
    return ", ".join(map(str, table.columns[:10]))
