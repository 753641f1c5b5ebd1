"""How the commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ols.client.states import CANCELLED, FAILED, FINISHED, PAUSED, QUEUED, RUNNING
from ols.spec.metrics import metric

# The state's colours of the pages.
STATE_STYLES = {
    QUEUED: "dim",
    RUNNING: "blue",
    PAUSED: "yellow",
    FINISHED: "green",
    FAILED: "red",
    CANCELLED: "magenta",
}
_WIDE = 10_000  # columns where no terminal cuts a line: a script reads it


def console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _WIDE)


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Numbers stand to the right; states have their colours."""
    lines = [[_cell(value) for value in row] for row in rows]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(columns):
        numeric = all(line[place].justify == "right" or not line[place].plain for line in lines)
        table.add_column(name, justify="right" if numeric and lines else "left", no_wrap=place == 0)
    for line in lines:
        table.add_row(*line)
    console().print(table)


def metric_text(name: str, value: float | None) -> str:
    """As the lab's own pages print the metric."""
    return "" if value is None else metric(name).text(value)


def run_name(run: Mapping[str, Any]) -> str:
    return f"{run['name']} (run {run['id']})"


def _cell(value: Any) -> Text:
    if value is None:
        return Text("")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Text(f"{value:,}" if isinstance(value, int) else f"{value:g}", justify="right")
    return Text(str(value), style=STATE_STYLES.get(str(value), ""))
