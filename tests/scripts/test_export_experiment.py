"""An experiment's export holds what the API says."""

from __future__ import annotations

from typing import Any

from backend.store import experiments
from backend.store.database import Database
from ols.spec.sweep import Sweep
from scripts.export_experiment import MEASURES, Lab
from tests.support import factories as make


def test_an_export_holds_runs_tables_and_sentences(client: Any, database: Database) -> None:
    sweep = Sweep.parse({"grid": {"method": ["hard", "ols"], "seed": [0, 1, 2]}})
    with database.write() as session:
        number = experiments.submit(session, sweep, name="two methods").id
    for _ in range(6):
        make.record(database, make.claim(database), 1, 2)

    class Inside(Lab):
        def text(self, path: str, **query: Any) -> str:
            answer = client.get(path, params=query)
            assert answer.status_code == 200, answer.text
            return str(answer.text)

    lab = Inside("")
    found = lab.experiment(number)
    assert found["experiment"]["name"] == "two methods"
    assert [run["spec"]["seed"] for run in found["runs"]] == [0, 1, 2] * 2
    assert set(found["tables"]) == set(MEASURES)
    page = lab.page(number, found)
    assert page.startswith("# two methods\n")
    assert "| Hard labels | Online label smoothing |" in page
    assert found["tables"]["val_top1"]["verdicts"][0]["sentence"] in page
    assert "not finished" in page
