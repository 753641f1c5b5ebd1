"""Views of the runs table that a lab shares."""

from __future__ import annotations

from typing import Any

import pytest

ASK = {"name": "Größe", "query": "state=failed&where=spec.epochs%3E%3D20&sort=-val_top1.best"}


def test_a_view_is_there_for_everybody_until_somebody_removes_it(client: Any) -> None:
    saved = client.post("/api/views", json=ASK).json()
    again = client.post("/api/views", json={**ASK, "name": "GRÖSSE", "query": "state=running"})
    assert again.json()["id"] == saved["id"], "one name, one view"
    assert [view["query"] for view in client.get("/api/views").json()["views"]] == ["state=running"]
    page = client.get("/").text
    assert 'href="/?state=running">GRÖSSE</a>' in page
    assert client.delete(f"/api/views/{saved['id']}").status_code == 204
    assert client.delete(f"/api/views/{saved['id']}").status_code == 404
    assert client.get("/api/views").json() == {"views": []}


@pytest.mark.parametrize(
    "changed",
    [
        {"name": " "},
        {"query": "nothing=1"},
        {"query": 'state="><script>'},
        {"query": "q=" + "a" * 4000},
        {"more": 1},
    ],
)
def test_what_is_no_view_is_refused(client: Any, changed: dict[str, Any]) -> None:
    assert client.post("/api/views", json={**ASK, **changed}).status_code == 422
