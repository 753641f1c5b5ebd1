"""Writes docs/methods: a page for each training method, from its entry, fields and docstring.

    python -m scripts.method_pages

A test compares the files with what this makes. The lab serves the same at /methods.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backend.analysis.method_results import Cell, Table, finding, tables, tried
from ols.spec.author_settings import AUTHOR_SETTINGS
from ols.spec.catalogue import METHODS
from ols.spec.choice import Entry
from ols.spec.methods.base import MethodSpec

COMMAND = "python -m ols train"
FOLDER = Path(__file__).parents[1] / "docs" / "methods"


def pages() -> dict[str, str]:
    """File name -> text."""
    return {"README.md": index()} | {f"{entry.name}.md": page(entry) for entry in METHODS}


def index() -> str:
    rows = [
        f"| [{entry.title}]({entry.name}.md) | `{entry.name}` | {first_sentence(entry)} |"
        for entry in METHODS
    ]
    head = (
        "# The training methods\n\nWritten by `python -m scripts.method_pages`. All of them side "
        "by side: [results](../../benchmarks/results/methods.md).\n\n"
    )
    return head + "| method | name | what it does |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def page(entry: Entry[MethodSpec]) -> str:
    """A method's page as Markdown, its equation as a block that GitHub renders."""
    _, _, notes = entry.part.code_docstring().partition("\n\n")
    parts = [
        f"# {entry.title}",
        f"{entry.describe()['help']}",
        f"`{entry.name}`" + (f" · {entry.paper}" if entry.paper else ""),
        f"```math\n{entry.part.equation}\n```",
        f"**When to use it.** {entry.part.use}",
        "## What it does exactly",
        notes.strip("\n") or entry.part.code_docstring(),
        f"Code: [`ols/methods/{entry.name}.py`](../../ols/methods/{entry.name}.py)",
        *settings(entry),
        "## Measured here",
        *(measured(entry.name) or ["Not measured yet (benchmarks/bench_methods.py)."]),
        "## Train with it",
        f"```sh\n{COMMAND} --method {entry.name} --dataset glyphs --noise symmetric:0.2\n```",
    ]
    return "\n\n".join(parts) + "\n"


def first_sentence(entry: Entry[MethodSpec]) -> str:
    return " ".join(entry.describe()["help"].split("\n\n")[0].split())


def settings(entry: Entry[MethodSpec]) -> list[str]:
    parameters: dict[str, dict[str, Any]] = entry.describe()["parameters"]
    if not parameters:
        return []
    rows = [
        f"| `{name}` | {value['title']} | {_default(value['default'])} | {value['description']} |"
        for name, value in parameters.items()
    ]
    table = "\n".join(["| field | title | default | |", "|---|---|---|---|", *rows])
    return ["## Settings", table, *on_datasets(entry.name)]


def on_datasets(method: str) -> list[str]:
    """Where the authors use other values."""
    rows = [
        f"- On `{row.dataset}`: "
        + ", ".join(f"`{name}` {value:g}" for name, value in row.fields.items())
        + f" ({row.source})"
        for row in AUTHOR_SETTINGS
        if row.method == method
    ]
    return ["Defaults of a dataset, as its authors have them:", "\n".join(rows)] if rows else []


def measured(method: str) -> list[str]:
    """Tables of the comparison, what we make of them, and what was tried to explain them."""
    return [
        *(f"{caption(table)}\n\n{grid(table)}" for table in tables(method)),
        *explained(method),
    ]


def explained(method: str) -> list[str]:
    """What we make of a method's results, and what was tried."""
    tables = [
        f"Tried on `{table.dataset}`, {table.seeds}:\n\n{grid(table)}" for table in tried(method)
    ]
    return [*filter(None, [finding(method)]), *tables]


def caption(table: Table) -> str:
    return (
        f"`{table.dataset}`: {table.setting}. Top-1 % after the last epoch (ECE %), {table.seeds}."
    )


def grid(table: Table) -> str:
    head = " | ".join(f"{100 * rate:g}% wrong" for rate in table.rates)
    rows = [f"| {name} | " + " | ".join(map(_cell, cells)) + " |" for name, cells in table.rows]
    return "\n".join([f"| | {head} |", "|---|" + "---|" * len(table.rates), *rows])


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    spread = "" if cell.deviation is None else f" ± {100 * cell.deviation:.1f}"
    return f"{100 * cell.top1:.1f}{spread} ({100 * cell.ece:.1f})"


def _default(value: Any) -> str:
    if value is None or value == []:
        return "empty"
    return f"{value:g}" if isinstance(value, float) else str(value)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
