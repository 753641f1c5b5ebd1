"""A matrix as an HTML table: its cells are the matrix, and large ones are a file."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import numpy as np
import pytest

from backend.pages.run.matrix_table import MOST_CLASSES
from backend.store.database import Database
from tests.support import factories as make


def cells(page: str, tag: str) -> list[str]:
    """The texts of all such cells."""
    found = re.findall(rf"<{tag}[^>]*>(.*?)</{tag.partition(' ')[0]}>", page, re.DOTALL)
    return [unescape(text) for text in found]


@pytest.mark.parametrize("kind", ["soft_labels", "confusion"])
def test_every_cell_of_the_matrix_is_there(client: Any, database: Database, kind: str) -> None:
    run_id = make.trained(database, epochs=2, k=4)
    page = client.get(f"/fragments/runs/{run_id}/matrices/{kind}/2")
    assert page.status_code == 200
    names = [f"c{number}" for number in range(4)]
    assert cells(page.text, 'th scope="col"') == names
    assert cells(page.text, 'th scope="row"') == names
    texts = cells(page.text, "td")[1:]  # the corner is empty
    made = make.report(2, k=4).matrices[kind]  # type: ignore[index]
    if kind == "confusion":
        assert texts == [str(count) for count in made.ravel()]
    else:
        assert {text[-1] for text in texts} == {"%"}
        shown = np.array([float(text[:-1]) for text in texts]) / 100
        np.testing.assert_allclose(shown, made.ravel(), rtol=6e-3)
    assert f'href="/api/runs/{run_id}/matrices/{kind}/2?format=csv"' in page.text
    assert "epoch 2" in page.text


def test_names_do_not_become_markup(client: Any, database: Database) -> None:
    run_id = make.trained(database, epochs=1, k=2)
    make.set_columns(database, run_id, classes=["<b>a</b>", "b"])
    page = client.get(f"/fragments/runs/{run_id}/matrices/soft_labels/1").text
    assert "<b>" not in page
    assert page.count("&lt;b&gt;a&lt;/b&gt;") == 2


@pytest.mark.parametrize(("k", "tables"), [(MOST_CLASSES, 1), (MOST_CLASSES + 1, 0)])
def test_a_large_matrix_is_a_file(client: Any, database: Database, k: int, tables: int) -> None:
    run_id = make.trained(database, epochs=1, k=k)
    page = client.get(f"/fragments/runs/{run_id}/matrices/soft_labels/1").text
    assert page.count("<table") == tables
    [path] = re.findall(r'href="([^"]+)"', page)
    assert client.get(path).text.count("\n") == k + 1


@pytest.mark.parametrize("path", ["soft_labels/9", "nothing/1", "soft_labels/x"])
def test_what_is_not_there_is_said(client: Any, database: Database, path: str) -> None:
    run_id = make.trained(database, epochs=1)
    assert client.get(f"/fragments/runs/{run_id}/matrices/{path}").status_code == 404
    assert client.get("/fragments/runs/99/matrices/soft_labels/1").status_code == 404
