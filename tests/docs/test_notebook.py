"""The notebook's cells run as they stand, on a lab's database, and show the page's figures."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from backend.core.settings import settings
from backend.store.database import connect, migrate
from tests.backend.reports.test_report import measured_run

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "notebook.ipynb"


def cells() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text())["cells"]
    return found


def shown_by(source: str, names: dict[str, Any]) -> Any:
    """Runs a cell; what its last line says, as a notebook would show it."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(NOTEBOOK), "exec"), names)
    return eval(ast.unparse(last), names) if last else None


def test_every_cell_runs_and_shows_its_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/ols.sqlite3"
    migrate(url)
    database = connect(url)
    assert measured_run(database) == 1, "the run that the notebook opens"
    database.dispose()
    monkeypatch.setenv("OLS_DATABASE_URL", url)
    settings.cache_clear()
    figures: list[go.Figure] = []
    monkeypatch.setattr(go.Figure, "show", lambda figure: figures.append(figure))
    names: dict[str, Any] = {}
    monkeypatch.syspath_prepend(str(NOTEBOOK.parents[1]))
    for cell in cells():
        if cell["cell_type"] == "code":
            shown = shown_by("".join(cell["source"]), names)
            figures += [shown] if isinstance(shown, go.Figure) else []
    settings.cache_clear()
    run = names["run"]
    run.database.dispose()
    titles = [figure.layout.title.text for figure in figures]
    assert len(figures) == 2 + 1 + 1 + len(run.quality()) + 2
    assert titles[-1] == "After temperature scaling"
    assert names["soft_labels"].shape == (4, 4)
    heatmap = next(figure for figure in figures if figure.frames)
    assert [frame.name for frame in heatmap.frames] == ["0", "1", "2", "3"]


def test_it_is_kept_without_outputs() -> None:
    code = [cell for cell in cells() if cell["cell_type"] == "code"]
    assert len(code) > 8
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
