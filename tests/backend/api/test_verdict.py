"""The line atop a run's page, and its twin."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from backend.store.database import Database
from tests.support import factories as make


def test_a_run_without_numbers_says_nothing(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    found = client.get(f"/api/runs/{run_id}/verdict").json()
    assert found == {"sentence": "", "when": "", "phrases": []}
    assert 'class="verdict"' not in client.get(f"/runs/{run_id}").text
    assert client.get("/api/runs/99/verdict").status_code == 404


def test_page_fragment_and_report_say_what_the_api_says(client: Any, database: Database) -> None:
    run_id = make.trained(database, epochs=3)
    found = client.get(f"/api/runs/{run_id}/verdict").json()
    assert found["sentence"].endswith("One seed.")
    for path in (f"/runs/{run_id}", f"/fragments/runs/{run_id}/verdict", f"/reports/runs/{run_id}"):
        words = re.sub(r"<[^>]+>", "", unescape(client.get(path).text))
        assert found["sentence"] in " ".join(words.split()), path


def test_each_phrase_leads_to_a_panel_of_the_page(client: Any, database: Database) -> None:
    run_id = make.trained(database, epochs=3)
    page = client.get(f"/runs/{run_id}").text
    line = page[page.index('class="verdict"') :]
    panels = re.findall(r'href="#(\w+)"', line[: line.index("</p>")])
    assert panels
    assert all(f'id="{panel}"' in page for panel in panels)
