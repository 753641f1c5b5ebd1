"""Writes an experiment's results into a folder, for the repository or a colleague.

    python -m scripts.export_experiment http://127.0.0.1:8000 1 docs/results/noise

experiment.json holds the sweep, every run's spec and summary, and the tables with their tests;
README.md the tables and sentences as the lab's /table page shows them.
"""

from __future__ import annotations

import argparse
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ols.spec.metrics import ACCURACY, CALIBRATION, MEMORISED

MEASURES = (ACCURACY, CALIBRATION, MEMORISED)


def main() -> None:
    """Asks a running lab."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("experiment", type=int)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    lab = Lab(options.url)
    options.folder.mkdir(parents=True, exist_ok=True)
    results = lab.experiment(options.experiment)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    (options.folder / "experiment.json").write_text(text + "\n")
    (options.folder / "README.md").write_text(lab.page(options.experiment, results))


class Lab:
    """A lab's API."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def text(self, path: str, **query: Any) -> str:
        """An answer's body."""
        address = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address) as answer:
            body: bytes = answer.read()
        return body.decode()

    def table(self, experiment: int, metric: str, format: str) -> str:
        """One measure's table of the last epoch."""
        return self.text("/api/table", experiment=experiment, metric=metric, format=format)

    def experiment(self, number: int) -> dict[str, Any]:
        """Its sweep, tables and runs as plain values."""
        tables = {name: json.loads(self.table(number, name, "json")) for name in MEASURES}
        experiment = json.loads(self.text(f"/api/experiments/{number}"))
        return {"experiment": experiment, "tables": tables, "runs": self._runs(number)}

    def _runs(self, number: int) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            page = json.loads(
                self.text("/api/runs", experiment=number, sort="id", limit=500, cursor=cursor)
            )
            runs += [
                {key: run[key] for key in ("id", "name", "state", "spec", "summary", "info")}
                for run in page["runs"]
            ]
            cursor = page["next_cursor"]
        return runs

    def page(self, number: int, results: Mapping[str, Any]) -> str:
        """Markdown: each table, then its sentences."""
        name = results["experiment"]["name"]
        parts = [f"# {name}\n"]
        for metric in MEASURES:
            table = results["tables"][metric]
            parts.append(self.table(number, metric, "markdown"))
            parts += [f"> {warning}\n" for warning in table["warnings"]]
            parts.append("\n".join(f"- {one['sentence']}" for one in table["verdicts"]) + "\n")
        return "\n".join(parts)


if __name__ == "__main__":
    main()
