"""The table as the API answers it."""

from __future__ import annotations

import json

from backend.analysis.tables.conclusion import conclude
from backend.analysis.tables.paper_table import paper_table
from backend.analysis.tables.table_json import table_json
from tests.backend.analysis.tables.made_up import experiment

RUNS = experiment({"hard": [0.60, 0.61, 0.62], "ols": [0.70, 0.72]}, rate=0.4)
TABLE = paper_table(
    RUNS, rows=["dataset.name", "noise.rate"], columns=["method.name"], metric="val_top1"
)


def test_json_holds_every_value_and_verdict() -> None:
    concluded = conclude(TABLE)
    data = json.loads(json.dumps(table_json(concluded), allow_nan=False))
    assert data["cells"][0][1]["values"] == [0.70, 0.72]
    assert data["columns"][1] == {
        "fields": {"method.name": "ols"},
        "title": "Online label smoothing",
    }
    assert data["verdicts"][0]["sentence"] == concluded.verdicts[0].sentence
