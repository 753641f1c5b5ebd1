"""`ols export`: runs and metrics as CSV, Parquet or JSON, figures as SVG, PDF or PNG."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ols.client.lab import Lab
from ols.commands.output import print_json
from ols.commands.runs import filters
from ols.errors import LabError

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("csv", "parquet", "json")
FIGURES = ("svg", "pdf", "png")
_MOST_IDS = 100  # runs per request for metrics


def export(options: argparse.Namespace) -> int:
    """Raises LabError where what is asked for does not fit together."""
    lab, form = Lab(options.url), _format(options)
    allowed = TABLES if options.what in ("runs", "metrics") else FIGURES
    if form not in allowed:
        raise LabError(f"{options.what} can be exported as {', '.join(allowed)}, not as {form}")
    write = _write_figure if form in FIGURES else _write_table
    written = write(lab, options, form)
    if options.json and written:
        print_json({"file": str(written)})
    elif written:
        print(written, file=sys.stderr)
    return 0


def _format(options: argparse.Namespace) -> str:
    if options.format:
        return str(options.format)
    if options.out and options.out.suffix:
        return str(options.out.suffix[1:].lower())
    return "csv" if options.what in ("runs", "metrics") else "svg"


def _write_table(lab: Lab, options: argparse.Namespace, form: str) -> Path | None:
    frame = _table(lab, options)
    if form == "parquet":
        out: Path = options.out or Path(f"{options.what}.parquet")  # no terminal shows it
        frame.to_parquet(out)
        return out
    text = frame.to_csv(index=False) if form == "csv" else frame.to_json(orient="records", indent=2)
    if options.out is None:
        sys.stdout.write(text)
        return None
    options.out.write_text(text)
    return Path(options.out)


def _table(lab: Lab, options: argparse.Namespace) -> pd.DataFrame:
    import pandas as pd

    if options.what == "runs":
        if options.ids:
            from ols.client.tables import Rows

            frame = Rows(lambda: [lab.get(number).data for number in options.ids]).frame()
        else:
            frame = lab.runs(**filters(options)).frame()
        for name in frame.columns[frame.map(lambda cell: isinstance(cell, list)).any()]:
            frame[name] = frame[name].map(_joined)  # lists are no cells
        return frame
    ids = options.ids or [row["id"] for row in lab.runs(**filters(options))]
    parts = [
        lab.metrics(ids[first : first + _MOST_IDS], names=options.metric).frame()
        for first in range(0, len(ids), _MOST_IDS)
    ]
    return pd.concat(parts) if parts else pd.DataFrame()


def _joined(cell: Any) -> Any:
    return ", ".join(map(str, cell)) if isinstance(cell, list) else cell


def _write_figure(lab: Lab, options: argparse.Namespace, form: str) -> Path:
    """Raises LabError without a run."""
    from ols.commands import figures  # Matplotlib takes a second

    if not options.ids:
        raise LabError(f"say of which run: ols export --what {options.what} RUN")
    if options.what == "heatmap":
        run = lab.get(options.ids[0])
        epoch = options.epoch if options.epoch is not None else _last_epoch(lab, run.id, options)
        matrix = lab.matrix(run.id, options.kind, epoch)
        figure = figures.heatmap(matrix, run.data.get("classes"), options.width)
    else:
        names = options.metric or ["val_top1"]
        runs = {number: lab.get(number).name for number in options.ids}
        points = list(lab.metrics(options.ids, names=names))
        figure = figures.curves(points, runs, names, options.width)
    out: Path = options.out or Path(f"{options.what}-{options.ids[0]}.{form}")
    figures.save(figure, out, form)
    return out


def _last_epoch(lab: Lab, run_id: int, options: argparse.Namespace) -> int:
    for each in lab.connection.get(f"/api/runs/{run_id}/matrices"):
        if each["kind"] == options.kind and each["epochs"]:
            return int(each["epochs"][-1])
    raise LabError(f"run {run_id} has no matrix {options.kind}")
