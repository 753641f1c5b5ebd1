"""The catalogue (ols/spec/metrics.py) owns the metrics: nothing else in the product lists them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ols.spec.metrics import METRICS

ROOT = Path(__file__).parents[3]
CATALOGUE = "ols/spec/metrics.py"
COMPUTED = {  # where metrics are measured, each is named with its value
    "ols/measures/soft_label_quality.py": "soft_*",
    "ols/training/validation.py": "test_best_*",
}
NAMES = {each.name for each in METRICS}
MEASURES = {"top1", "top5", "ece", "ece_scaled", "nll", "nll_scaled", "memorized"}
VENDORED = re.compile(r"\.min\.js$")
BRACKETS = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|\([^()]*\)")
QUOTED = re.compile(r"""["'`](\w+)(?:\.(?:last|best))?["'`]|\b(\w+)\s*:""")
LISTED = re.compile(r"[\w.]+(?:[,;] ?[\w.]+)+")


def python_files() -> list[Path]:
    return [
        path
        for folder in ("ols", "backend", "worker", "scripts")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def frontend_files() -> list[Path]:
    found = sorted((ROOT / "frontend").rglob("*"))
    return [p for p in found if p.suffix in (".js", ".html") and not VENDORED.search(p.name)]


def metric_name(text: object) -> str | None:
    """`val_top1` of `val_top1` and of `val_top1.best`; a bare measure; else None."""
    name = re.sub(r"\.(last|best)$", "", text) if isinstance(text, str) else ""
    return name if name in NAMES | MEASURES else None


def lists_in_python(code: str) -> Iterator[tuple[int, set[str]]]:
    """Literals that hold two or more metrics, and strings in which some stand between commas."""
    tree = ast.parse(code)
    explained = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in explained:  # a docstring
            continue
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            lists = LISTED.findall(node.value)
            texts = [word for words in lists for word in re.split(r"[,;] ?", words)]
        else:
            continue
        names = {name for text in texts if (name := metric_name(text))}
        if len(names) > 1:
            yield node.lineno, names


def lists_in_frontend(text: str) -> Iterator[tuple[int, set[str]]]:
    """Arrays, objects and calls that hold two or more metrics."""
    for match in BRACKETS.finditer(text):
        words = [a or b for a, b in QUOTED.findall(match[0])]
        names = {name for word in words if (name := metric_name(word))}
        if len(names) > 1:
            yield text.count("\n", 0, match.start()) + 1, names


def test_no_python_file_lists_metrics() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}": sorted(names)
        for path in python_files()
        if str(path.relative_to(ROOT)) not in (CATALOGUE, "ols/spec/metric.py", *COMPUTED)
        for line, names in lists_in_python(path.read_text())
    }
    assert not found, f"take them from {CATALOGUE}: {found}"


def test_no_page_or_module_lists_metrics() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}": sorted(names)
        for path in frontend_files()
        for line, names in lists_in_frontend(path.read_text())
    }
    assert not found, f"the server hands them over from {CATALOGUE}: {found}"


@pytest.mark.parametrize("path", COMPUTED)
def test_what_is_let_through_still_computes_metrics(path: str) -> None:
    assert list(lists_in_python((ROOT / path).read_text()))


@pytest.mark.parametrize(
    "code",
    [
        'SHOWN = ("val_top1", "val_ece")',
        'TITLES = {"val_top1": "accuracy", "lr": "learning rate"}',
        'COLUMNS = [("val_top1", "best"), ("val_loss", "last")]',
        'METRICS = "val_top1.last,val_ece.last"',
        'VIEW = "columns=name,val_top1.last,val_ece.last&sort=name"',
        'raise ValueError("write for example val_top1, val_ece or lr")',
        'name.endswith(("top1", "ece"))',
    ],
)
def test_a_list_in_python_is_seen(code: str) -> None:
    assert list(lists_in_python(code))


@pytest.mark.parametrize(
    "text",
    [
        'const SHOWN = ["val_top1", "val_ece"];',
        "const TITLES = { val_top1: 'accuracy', lr: 'rate' };",
        '{% for name in ("val_top1", "val_ece") %}',
    ],
)
def test_a_list_in_the_frontend_is_seen(text: str) -> None:
    assert list(lists_in_frontend(text))


def test_one_name_by_itself_is_no_list() -> None:
    assert not list(lists_in_python('summary.get("val_top1", {}).get("best")'))
    assert not list(lists_in_frontend('value_of(run, "val_top1.best")'))
