"""The API of audits: suspicious samples first, what is concluded, pictures, files."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backend.store import recorder
from backend.store.database import Database
from ols.spec.audit_scores import SCORE_NAMES
from tests.support import factories as make


def listing(client: Any, run_id: int, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"/api/runs/{run_id}/audit", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("score", SCORE_NAMES)
def test_the_most_suspicious_stand_first_with_all_that_is_known(
    client: Any, database: Database, score: str
) -> None:
    told = make.audit()
    run_id = make.audited(database, told)
    page = listing(client, run_id, score=score, limit=500)
    assert (page["score"], page["truth"], page["total"]) == (score, True, 40)
    samples = page["samples"]
    values = [sample["score"] for sample in samples]
    assert values == sorted(values, reverse=True)
    assert [sample["rank"] for sample in samples] == list(range(1, 41))
    for sample in samples:
        number = sample["number"]
        for name in ("given", "suggested", "true"):
            label = int(told.columns[name][number])
            assert (sample[name], sample[f"{name}_name"]) == (label, f"c{label}")
        assert sample["learned"] == (None if number % 5 == 0 else 3)
        assert not {"decision", "agreement"} & sample.keys()
        assert (sample["url"] is not None) == (number < 10)
    first = next(sample for sample in samples if sample["url"])
    picture = client.get(first["url"])
    assert picture.content == b"picture %d" % first["number"]
    assert "immutable" in picture.headers["cache-control"]
    headers = {"If-None-Match": picture.headers["etag"]}
    assert client.get(first["url"], headers=headers).status_code == 304


def test_pages_and_filters_give_each_sample_once(client: Any, database: Database) -> None:
    run_id = make.audited(database)
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while cursor or not seen:
        page = listing(client, run_id, limit=7, **cursor)
        seen += page["samples"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
    assert [sample["rank"] for sample in seen] == list(range(1, 41))
    of_class = listing(client, run_id, **{"class": 1})["samples"]
    assert [s["number"] for s in of_class] == [s["number"] for s in seen if s["given"] == 1]
    of_pair = listing(client, run_id, pair="1,0")["samples"]
    wanted = [s["number"] for s in seen if (s["given"], s["suggested"]) == (1, 0)]
    assert [s["number"] for s in of_pair] == wanted
    assert wanted


def test_the_summary_is_counted_from_the_truth(client: Any, database: Database) -> None:
    told = make.audit()
    run_id = make.audited(database, told)
    summary = client.get(f"/api/runs/{run_id}/audit/summary?score=aum").json()
    values, wrong = told.columns["aum"], told.columns["true"] != told.columns["given"]
    order = np.argsort(-values, kind="stable")
    assert (summary["estimated_rate"], summary["true_rate"]) == (0.2, pytest.approx(wrong.mean()))
    assert summary["precision_at"]["10"] == pytest.approx(wrong[order][:10].mean())
    assert summary["recall_at"]["10"] == pytest.approx(wrong[order][:10].sum() / wrong.sum())
    assert summary["recall_at"]["8"] == summary["precision_at"]["8"]  # there are eight
    pairs = [a > b for a in values[wrong] for b in values[~wrong]]
    assert summary["auroc"]["aum"] == pytest.approx(np.mean(pairs))
    histogram = summary["histogram"]
    assert (sum(histogram["counts"]), sum(histogram["wrong"])) == (40, 8)
    assert histogram["cut"] == 0.5
    assert sum(pair["count"] for pair in summary["pairs"]) == int((values > 0.5).sum())
    kinds = [item["kind"] for item in client.get(f"/api/runs/{run_id}/matrices").json()]
    assert summary["matrix"] in kinds


def test_an_older_audit_is_ranked_by_the_score_that_it_lacks(
    client: Any, database: Database
) -> None:
    told = make.audit()
    aum, given = told.columns["aum"], told.columns["given"]
    for part in (told.columns, told.rates, told.cuts, told.joints):
        del part["class_margin"]
    run_id = make.audited(database, told)
    samples = listing(client, run_id, score="class_margin", limit=500)["samples"]
    below = aum - np.array([aum[given == k].mean() for k in range(3)])[given]
    assert [s["score"] for s in samples] == pytest.approx(sorted(below, reverse=True), abs=1e-6)
    summary = client.get(f"/api/runs/{run_id}/audit/summary?score=class_margin").json()
    assert summary["estimated_rate"] is None
    assert summary["auroc"]["class_margin"] > 0.9
    assert client.get(f"/runs/{run_id}/audit?score=class_margin").status_code == 200


def test_without_the_truth_nothing_is_said_of_it(client: Any, database: Database) -> None:
    run_id = make.audited(database, make.audit(truth=False))
    summary = client.get(f"/api/runs/{run_id}/audit/summary").json()
    for name in ("precision_at", "recall_at", "auroc", "true_rate"):
        assert summary[name] is None
    assert summary["histogram"]["wrong"] is None
    assert not any("true" in sample for sample in listing(client, run_id)["samples"])


def test_the_csv_holds_every_sample(client: Any, database: Database) -> None:
    told = make.audit()
    told.columns["aum"] = told.columns["aum"].copy()
    told.columns["aum"][3] = np.nan
    run_id = make.audited(database, told)
    answer = client.get(f"/api/runs/{run_id}/audit.csv?score=aum")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["rank"]) for row in rows] == list(range(1, 41))
    assert {int(row["number"]) for row in rows} == set(range(40))
    assert (rows[-1]["number"], rows[-1]["aum"]) == ("3", "")  # not watched: last
    issues = [row for row in rows if row["is_label_issue"] == "True"]
    assert len(issues) == int((told.columns["aum"] > 0.5).sum())
    assert all(r["predicted_label"] == r["given_label"] for r in rows if r not in issues)
    scores = [float(row["label_score"]) for row in rows]
    assert scores == sorted(scores)


def test_several_runs_are_audited_by_their_ranks(client: Any, database: Database) -> None:
    told = make.audit(seed=2)
    told.columns["given"] = told.columns["given"].copy()
    told.columns["given"][7] = (told.columns["given"][7] + 1) % 3
    one = make.audited(database, make.audit(seed=1), seed=1)
    two = make.audited(database, told, seed=2)
    page = listing(client, one, limit=500, **{"with": str(two)})
    assert page["runs"] == [one, two]
    # A sample whose label differs between the runs is no common question.
    assert {sample["number"] for sample in page["samples"]} == set(range(40)) - {7}
    ranks: dict[int, list[int]] = {}
    for run_id in (one, two):
        for sample in listing(client, run_id, limit=500)["samples"]:
            ranks.setdefault(sample["number"], []).append(sample["rank"])
    means = [np.mean(ranks[sample["number"]]) for sample in page["samples"]]
    assert means == sorted(means)
    agreed = {sample["number"]: sample["agreement"] for sample in page["samples"]}
    assert set(agreed.values()) <= {0, 1, 2}
    assert agreed[0] == 2
    summary = client.get(f"/api/runs/{one}/audit/summary", params={"with": str(two)}).json()
    assert summary["auroc"]["aum"] >= 0.99


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"score": "none"}, "score"),
        ({"limit": "501"}, "limit"),
        ({"limit": "0"}, "limit"),
        ({"pair": "1"}, "pair"),
        ({"pair": "1,x"}, "pair"),
        ({"class": "-1"}, "class"),
        ({"with": "x"}, "with"),
    ],
)
def test_what_cannot_be_asked_is_named(
    client: Any, database: Database, asked: dict[str, str], field: str
) -> None:
    run_id = make.audited(database)
    answer = client.get(f"/api/runs/{run_id}/audit", params=asked)
    assert answer.status_code == 422
    assert [each["path"] for each in answer.json()["error"]["fields"]] == [field]


def test_other_runs_and_cursors_are_refused_in_words(client: Any, database: Database) -> None:
    run_id = make.audited(database)
    other = make.audited(database, dataset="glyphs")
    answer = client.get(f"/api/runs/{run_id}/audit", params={"with": str(other)})
    assert (answer.status_code, "on other data" in answer.text) == (422, True)
    for cursor in ("-1", "x", "41", "9" * 40):
        answer = client.get(f"/api/runs/{run_id}/audit", params={"cursor": cursor})
        assert (answer.status_code, "cursor" in answer.text) == (422, True)
    without = make.submit(database)
    for path in ("audit", "audit/summary", "audit.csv", "audit/images/1"):
        assert client.get(f"/api/runs/{without}/{path}").status_code == 404
    assert client.get(f"/api/runs/{run_id}/audit/images/39").status_code == 404


def test_an_attempt_that_comes_again_replaces_the_audit(database: Database, client: Any) -> None:
    run_id = make.submit(database)
    taken = make.claim(database)
    fewer = {name: column[:30] for name, column in make.audit(seed=2).columns.items()}
    with database.write() as session:
        recorder.record_info(session, taken, make.info())
        recorder.record_audit(session, taken, make.audit(seed=1))
        recorder.record_audit(session, taken, replace(make.audit(seed=2), columns=fewer))
    assert listing(client, run_id)["total"] == 30
    with database.write() as session:
        lost = replace(taken, attempt=9)
        assert recorder.record_audit(session, lost, make.audit()) == "lost"
