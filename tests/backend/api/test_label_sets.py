"""Label sets: each PUT a version, decisions keep who made them, and mistakes are named."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from backend.store.database import Database
from tests.support import factories as make

FIRST = [{"number": 7, "label": 2}, {"number": 3, "label": None}]


def put(client: Any, name: str = "mended", **body: Any) -> Any:
    return client.put(f"/api/label-sets/{name}", json={"dataset": "digits", **body})


def test_each_put_is_a_version_and_earlier_ones_stay(client: Any) -> None:
    one = put(client, decisions=FIRST, by="Ada").json()
    two = put(client, decisions=[*FIRST, {"number": 9, "label": 0}], by="Bob").json()
    assert (one["version"], one["count"], two["version"], two["count"]) == (1, 2, 2, 3)
    assert one["hash"] != two["hash"]
    assert client.get("/api/label-sets/mended").json() == two
    assert client.get("/api/label-sets/mended?version=1").json() == one
    assert [(d["number"], d["label"], d["by"]) for d in two["decisions"]] == [
        (3, None, "Ada"),
        (7, 2, "Ada"),
        (9, 0, "Bob"),
    ]
    assert two["decisions"][0]["at"] == one["decisions"][0]["at"]
    listed = client.get("/api/label-sets").json()["label_sets"]
    assert [(each["name"], each["version"]) for each in listed] == [("mended", 2)]
    assert client.get("/api/label-sets?dataset=glyphs").json()["label_sets"] == []


def test_the_same_decisions_have_the_same_hash(client: Any) -> None:
    one = put(client, decisions=FIRST).json()
    two = put(client, "other", decisions=FIRST[::-1], by="x").json()
    assert one["hash"] == two["hash"]


def test_the_csv_names_who_and_when(client: Any) -> None:
    put(client, decisions=FIRST, by="=Ada")
    text = client.get("/api/label-sets/mended/labels.csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["number"], row["label"], row["by"]) for row in rows] == [
        ("3", "", "'=Ada"),
        ("7", "2", "'=Ada"),
    ]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"decisions": [{"number": -1, "label": 0}]}, "decisions.0.number"),
        ({"decisions": [{"number": 1, "label": "cat"}]}, "decisions.0.label"),
        ({"decisions": [{"number": 1}]}, "decisions.0.label"),
        ({"decisions": [{"number": 1, "label": 0}, {"number": 1, "label": 1}]}, "decisions"),
        ({"decisions": [], "dataset": ""}, "dataset"),
        ({"decisions": [], "more": 1}, "more"),
        ({}, "decisions"),
    ],
)
def test_mistakes_are_named(client: Any, body: dict[str, Any], path: str) -> None:
    answer = put(client, **body)
    assert answer.status_code == 422
    assert path in [each["path"] for each in answer.json()["error"]["fields"]]


def test_names_and_datasets_are_held_to(client: Any) -> None:
    put(client, decisions=FIRST)
    answer = client.put("/api/label-sets/mended", json={"dataset": "glyphs", "decisions": []})
    assert (answer.status_code, "of digits" in answer.text) == (422, True)
    assert client.get("/api/label-sets/none").status_code == 404
    assert client.get("/api/label-sets/mended?version=2").status_code == 404


def test_an_audit_shows_the_decisions_of_a_set(client: Any, database: Database) -> None:
    run_id = make.audited(database)
    put(client, decisions=FIRST)
    samples = client.get(f"/api/runs/{run_id}/audit?labels=mended&limit=500").json()["samples"]
    decided = {s["number"]: s["decision"] for s in samples if "decision" in s}
    assert decided == {7: 2, 3: None}
