"""Notes as the pages ask for them: a draft's preview, a run's box."""

from __future__ import annotations

from typing import Any

from backend.store.database import Database
from tests.support import factories as make


def test_a_draft_is_rendered_and_becomes_no_markup(client: Any) -> None:
    answer = client.post("/fragments/markdown", json={"text": "*a* <script>"})
    assert answer.json() == {"html": "<p><em>a</em> &lt;script&gt;</p>\n"}


def test_a_draft_that_is_none_names_its_field(client: Any) -> None:
    for text in ("x" * 20_001, "\x00", 3):
        answer = client.post("/fragments/markdown", json={"text": text})
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"][0]["path"] == "text"


def test_a_run_s_notes_keep_their_first_line_break(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    client.patch(f"/api/runs/{run_id}", json={"notes": "\n</textarea><b>x"})
    text = client.get(f"/fragments/runs/{run_id}/notes").text
    area = text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    assert area == "\n\n&lt;/textarea&gt;&lt;b&gt;x", "a textarea swallows the first of them"
    assert client.get("/fragments/runs/99/notes").status_code == 404
