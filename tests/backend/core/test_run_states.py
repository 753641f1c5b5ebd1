"""States and their moves, and that nothing else in the product lists states."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.core.run_actions import RULES
from backend.core.run_states import BEGUN, FINAL, FURTHEST_FIRST, MOVES, OPEN, RunState, sources
from ols.client.states import ENDS, REOPENED, STATES

ROOT = Path(__file__).parents[3]
OWNERS = {
    "backend/core/run_states.py",
    "backend/core/run_actions.py",
    "ols/client/states.py",  # stands alone: no web, no store
    "backend/schemas/searches.py",  # of a search's trials, which are called like runs' but are not
}
NAMES = "|".join(RunState)
MEMBERS = {state.name for state in RunState}
# "queued", "running" with whatever stands between the entries of a list in JavaScript or Jinja; and
# queued,running or queued|running within one string.
LISTED = re.compile(rf"""["'`]({NAMES})["'`]\s*[,|:]\s*["'`]({NAMES})["'`]""")
JOINED = re.compile(rf"\b({NAMES})[,|]({NAMES})\b")


def test_every_state_is_reached_and_has_its_moves() -> None:
    assert set(MOVES) == set(RunState)
    for state in RunState:
        assert sources(state), f"no run can come to {state}"
        assert state not in MOVES[state]


def test_states_are_open_or_final() -> None:
    assert sorted([*OPEN, *FINAL]) == sorted(RunState)
    assert set(BEGUN) <= set(OPEN)
    assert sorted(FURTHEST_FIRST) == sorted(RunState)
    again = {RunState.QUEUED, RunState.RUNNING}  # by a user, or by a logged run's script
    assert all(set(MOVES[state]) <= again for state in FINAL)


@pytest.mark.parametrize("action", RULES)
def test_actions_lead_only_where_the_moves_allow(action: str) -> None:
    for source, target in RULES[action].moves.items():  # type: ignore[index]
        assert target == source or target in MOVES[source]


def _named(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in set(RunState)
    if not isinstance(node, ast.Attribute) or node.attr not in MEMBERS:
        return False
    return not (isinstance(node.value, ast.Name) and node.value.id == "NoticeKind")


def _lists(tree: ast.AST) -> Iterator[int]:
    """Lines of tuples, lists, sets and tables with two states or more, and of strings that join
    them."""
    for node in ast.walk(tree):
        groups: list[list[ast.AST]] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            groups = [list(node.elts)]
        elif isinstance(node, ast.Dict):
            groups = [[key for key in node.keys if key], list(node.values)]
        elif isinstance(node, ast.Constant) and JOINED.search(str(node.value)):
            yield node.lineno
        if any(sum(map(_named, group)) > 1 for group in groups):
            yield node.lineno  # type: ignore[attr-defined]


def _places(root: Path) -> Iterator[str]:
    for folder, ending in (("backend", "py"), ("worker", "py"), ("ols", "py")):
        for path in sorted((root / folder).rglob(f"*.{ending}")):
            name = str(path.relative_to(root))
            if name not in OWNERS and "/migrations/" not in name:
                for line in _lists(ast.parse(path.read_text())):
                    yield f"{name}:{line}"
    for ending in ("js", "html"):
        for path in sorted((root / "frontend").rglob(f"*.{ending}")):
            for match in LISTED.finditer(text := path.read_text()):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{path.relative_to(root)}:{line}"


def test_states_are_listed_in_one_place() -> None:
    assert list(_places(ROOT)) == [], "take the list from backend/core/run_states.py"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("backend/x.py", 'SHOWN = ("running", "paused")\n'),
        ("worker/x.py", "SHOWN = [RunState.RUNNING, RunState.PAUSED]\n"),
        ("backend/x.py", 'TITLES = {"queued": "Waits", "running": "Trains"}\n'),
        ("backend/x.py", 'VIEW = "state=queued,running"\n'),
        ("frontend/x.js", 'const FINAL = ["finished",\n  "failed"];\n'),
        ("frontend/x.html", "{% if run.state in ('failed', 'cancelled') %}"),
    ],
)
def test_a_list_of_states_elsewhere_is_found(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(text)
    assert [place.partition(":")[0] for place in _places(tmp_path)] == [name]


def test_the_client_knows_the_same_states() -> None:
    assert set(STATES) == set(RunState)
    assert set(ENDS) == set(FINAL)
    assert set(REOPENED) == {state for state in FINAL if MOVES[state] & {RunState.RUNNING}}
