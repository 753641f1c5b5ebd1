"""Reports of a run and of a comparison, made by `python -m backend report` in a process of its own.

plotly and a run's matrices would stay in the web process's memory; the child's end with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fastapi import HTTPException
from fastapi.responses import Response

from backend.api.analysed_runs import AnalysedRunsFilter
from backend.api.numbers import RunId
from backend.api.params import Config, Db
from backend.core.settings import Settings
from backend.pages.shared.run_links import MOST_COMPARED
from backend.server.heavy_answers import REPORT
from backend.server.late_routes import Router
from backend.store import runs

PATIENCE = 120  # seconds

router = Router()


@router.get("/reports/runs/{run_id}", dependencies=[REPORT])
def report(run_id: RunId, database: Db, config: Config) -> Response:
    """One HTML file that opens without a server."""
    with database.read() as session:
        runs.require(session, run_id)
    return _download(config, f"run-{run_id}.html", str(run_id))


@router.get("/reports/compare", dependencies=[REPORT])
def compare_report(database: Db, config: Config, selection: AnalysedRunsFilter) -> Response:
    """Several runs: tables, how sure they are, curves."""
    if not 0 < len(selection.ids) <= MOST_COMPARED:
        raise HTTPException(
            422, f"A comparison is of 1 to {MOST_COMPARED} runs: /reports/compare?runs=1,2."
        )
    with database.read() as session:
        for run_id in selection.ids:
            runs.require(session, run_id)
    numbers = ",".join(map(str, selection.ids))
    return _download(config, "comparison.html", "--compare", numbers)


def _download(config: Settings, name: str, *arguments: str) -> Response:
    child = _in_child(config, *arguments)
    if child.returncode:
        reason = child.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise HTTPException(503, f"The report could not be created: {reason or child.returncode}.")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-cache",
    }
    return Response(child.stdout, headers=headers, media_type="text/html; charset=utf-8")


def _in_child(config: Settings, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    names = {
        "OLS_DATA_DIR": str(config.data_dir),
        "OLS_DATABASE_URL": config.resolved_database_url,
    }
    return subprocess.run(
        [sys.executable, "-m", "backend", "report", *arguments],
        capture_output=True,
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | names,
        timeout=PATIENCE,
    )
