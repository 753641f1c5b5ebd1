"""Evidence: sweeps through a lab, rows that are kept, pages that are held against them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.store import claims, recorder
from backend.store.database import Database
from ols.spec.metrics import ACCURACY
from scripts import evidence_pages, evidence_rows
from scripts.evidence import submit
from scripts.evidence_pages import on_test
from tests.support import factories as make

ROOT = Path(__file__).parents[2]
FOLDERS = sorted({path.parent for path in (ROOT / "docs/results").glob("*/rows.jsonl")})
SWEEP = {"name": "two methods", "spec": {"epochs": 1}, "grid": {"method": ["hard", "ols"]}}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_pages_say_what_the_rows_say(folder: Path) -> None:
    for name in (name for name in evidence_pages.PAGES if (folder / name).exists()):
        text = (folder / name).read_text()
        command = f"run: python -m scripts.evidence_pages {folder.relative_to(ROOT)}"
        assert evidence_pages.page(folder, text) == text, command
        assert evidence_pages.BLOCK.search(text)


def test_a_changed_row_changes_the_page(tmp_path: Path) -> None:
    folder = FOLDERS[0]
    for name in ("rows.jsonl", "folds.jsonl"):
        (tmp_path / name).write_text((folder / name).read_text())
    rows = evidence_rows.read(tmp_path)
    rows[0]["summary"][on_test(ACCURACY)]["last"] += 0.1
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    text = (folder / "README.md").read_text()
    assert evidence_pages.page(tmp_path, text) != text


def test_a_sweep_is_submitted_once(client: Any, tmp_path: Path) -> None:
    path = tmp_path / "two.sweep.json"
    path.write_text(json.dumps(SWEEP))
    assert submit(client, path) == submit(client, path)
    assert len(client.get("/api/runs").json()["runs"]) == 2


def test_only_finished_runs_are_kept(client: Any, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "two.sweep.json"
    path.write_text(json.dumps(SWEEP))
    submit(client, path)
    assert evidence_rows.keep(client, tmp_path) == 0
    claim = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, claim, make.info())
    make.record(database, claim, 1, epochs=1, train_loss=0.5)
    assert evidence_rows.keep(client, tmp_path) == 0
    with database.write() as session:
        assert claims.finish(session, claim)
    assert evidence_rows.keep(client, tmp_path) == 1
    (row,) = evidence_rows.read(tmp_path)
    assert (row["id"], row["spec"]["method"]["name"]) == (claim.run_id, "hard")
    told = client.get(f"/api/runs/{claim.run_id}").json()["summary"]
    assert row["summary"] == {"train_loss": told["train_loss"]}  # and none of validation


def test_an_audit_is_kept_at_the_true_number_of_wrong_labels(
    client: Any, database: Database
) -> None:
    run_id = make.audited(database)
    summary = client.get(f"/api/runs/{run_id}/audit/summary?score=aum").json()
    kept = evidence_rows.audit(client, run_id)
    assert kept["auroc"] == summary["auroc"]
    assert kept["precision"]["aum"] == summary["precision_at"]["8"]  # eight labels are wrong


@pytest.mark.parametrize(
    ("ours", "text"),
    [
        ([0.30, 0.31, 0.32], "+11.0 ± 0.6 wins"),
        ([0.10, 0.11, 0.12], "−9.0 ± 0.6 loses"),
        ([0.10, 0.20, 0.33], "+1.0 ± 6.7 holds"),
        ([0.30, 0.31], "+10.5 ± 0.5 (n = 2)"),  # two seeds are few
        ([0.30], "+10.0 (n = 1)"),
        ([], "–"),
    ],
)
def test_a_margin_counts_beyond_two_standard_errors(ours: list[float], text: str) -> None:
    other = dict.fromkeys(range(3), 0.2)
    said = evidence_pages.margin_text(dict(enumerate(ours)), other)
    assert evidence_pages.MINUS.sub("−", said) == text
