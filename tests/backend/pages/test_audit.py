"""The audit's page: estimates, suspects and filters stand in its HTML."""

from __future__ import annotations

import re
from typing import Any

from backend.store.database import Database
from tests.support import factories as make


def text_of(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def numbers_in(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-number="(\d+)"', text)]


def test_the_page_says_what_the_api_says(client: Any, database: Database) -> None:
    run_id = make.audited(database)
    text = text_of(client, f"/runs/{run_id}/audit?score=aum")
    samples = client.get(f"/api/runs/{run_id}/audit?score=aum&limit=500").json()["samples"]
    assert numbers_in(text) == [sample["number"] for sample in samples]
    assert "Estimated: <b>20.0%</b> of the labels; truly 20.0%" in text
    assert text.count("wrong: truly") == 8
    assert "data-more" not in text  # 40 samples are one page
    for sample in samples[:3]:
        assert f"#{sample['number']}, rank {sample['rank']}" in text
        assert sample["url"] is None or sample["url"].split("?")[0] in text


def test_filters_hold_what_the_address_says(client: Any, database: Database) -> None:
    run_id = make.audited(database)
    text = text_of(client, f"/runs/{run_id}/audit?class=1")
    wanted = client.get(f"/api/runs/{run_id}/audit?class=1&limit=500").json()["samples"]
    assert numbers_in(text) == [sample["number"] for sample in wanted]
    assert '<option value="1" selected>c1</option>' in text


def test_more_samples_come_as_a_piece_of_the_page(client: Any, database: Database) -> None:
    run_id = make.audited(database, make.audit(300))
    text = text_of(client, f"/runs/{run_id}/audit")
    (more,) = re.findall(r'href="([^"]+)" data-more', text)
    seen = numbers_in(text)
    while more:
        part = text_of(client, more.replace("&amp;", "&"))
        seen += numbers_in(part)
        (more,) = re.findall(r'href="([^"]+)" data-more', part) or [""]
    assert (len(seen), set(seen)) == (300, set(range(300)))


def test_a_run_without_an_audit_says_so(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    assert "no audit yet" in text_of(client, f"/runs/{run_id}/audit")
    assert client.get("/runs/999/audit").status_code == 404


def test_names_of_classes_become_no_markup(client: Any, database: Database) -> None:
    run_id = make.audited(database)
    make.set_columns(database, run_id, classes=["<b>a", "b", "c"])
    text = text_of(client, f"/runs/{run_id}/audit")
    assert "&lt;b&gt;a" in text
    assert "<b>a" not in text.replace("&lt;b&gt;a", "")


def test_a_run_that_is_submitted_keeps_the_version_of_its_label_set(
    client: Any, database: Database
) -> None:
    body = {"dataset": "digits", "decisions": [{"number": 3, "label": None}]}
    saved = client.put("/api/label-sets/mended", json=body).json()
    spec = {"method": "hard", "dataset": "digits", "labels": {"set": "mended"}}
    run = client.post("/api/runs", json={"spec": spec}).json()
    client.put("/api/label-sets/mended", json={**body, "decisions": []})
    stored = client.get(f"/api/runs/{run['id']}").json()["spec"]["labels"]
    assert stored == {"set": "mended", "version": 1, "hash": saved["hash"]}
    again = client.post("/api/runs", json={"spec": spec}).json()
    assert again["spec"]["labels"]["version"] == 2
    for labels, path in (
        ({"set": "none"}, "spec.labels.set"),
        ({"set": "mended", "version": 9}, "spec.labels.set"),
        ({"set": "", "version": 1}, "spec.labels.set"),
    ):
        answer = client.post("/api/runs", json={"spec": {**spec, "labels": labels}})
        assert answer.status_code == 422
        assert [each["path"] for each in answer.json()["error"]["fields"]] == [path]
    glyphs = client.post("/api/runs", json={"spec": {**spec, "dataset": "glyphs"}})
    assert "has decisions on digits" in glyphs.text
