"""The form that starts from a run."""

from __future__ import annotations

import re
from typing import Any

from backend.store.database import Database
from tests.support import factories as make


def name_in_form(client: Any, run_id: int) -> str:
    text = client.get(f"/runs/new?from={run_id}").text
    match = re.search(r'name="name" value="([^"]*)"', text)
    assert match is not None
    return match[1]


def test_a_clone_keeps_a_typed_name_and_leaves_a_default_one_to_follow_its_seed(
    client: Any, database: Database
) -> None:
    by_default, typed = make.submit(database), make.submit(database)
    client.patch(f"/api/runs/{typed}", json={"name": "my best"})
    assert name_in_form(client, by_default) == ""
    assert name_in_form(client, typed) == "my best"
    again = client.post(f"/api/runs/{by_default}/clone").json()
    assert again["name"].endswith("(2)")
    assert name_in_form(client, again["id"]) == ""
