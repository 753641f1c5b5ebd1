"""Nothing that is loaded can run code: a rule over the source, so that it holds for new readers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("ols", "backend", "worker", "benchmarks", "docs")
# Calls that unpickle, and the argument without which they do.
GUARDS = {
    "torch.load": ("weights_only", True),
    "torch.hub.load_state_dict_from_url": ("weights_only", True),
    "get_state_dict": ("weights_only", True),
    "np.load": ("allow_pickle", False),
}
NEVER = ("pickle.load", "pickle.loads", "pickle.Unpickler", "joblib.load", "pd.read_pickle")
NEVER_IMPORTED = ("dill", "cloudpickle", "shelve", "joblib", "marshal")


def problems(source: str) -> list[str]:
    """What in a module could run what a file says."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            lines += [f"{node.lineno}: {name}" for name in names if name in NEVER_IMPORTED]
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        guard = next((g for name, g in GUARDS.items() if _is(called, name)), None)
        given = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
        if any(_is(called, name) for name in NEVER) or (guard and given.get(guard[0]) != guard[1]):
            lines.append(f"{node.lineno}: {called}")
    return lines


def _is(called: str, name: str) -> bool:
    return called == name or called.endswith(f".{name}")


def test_no_module_unpickles_what_a_user_can_replace():
    modules = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(modules) > 200
    told = {str(path.relative_to(ROOT)): problems(path.read_text("utf-8")) for path in modules}
    assert {path: lines for path, lines in told.items() if lines} == {}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("torch.load(path)", True),
        ("torch.load(path, weights_only=False)", True),
        ("torch.load(path, weights_only=True)", False),
        ("np.load(path)", True),
        ("np.load(path, allow_pickle=False)", False),
        ("entry.get_state_dict(check_hash=True)", True),
        ("pickle.loads(data)", True),
        ("import joblib", True),
    ],
)
def test_the_rule_sees_what_it_forbids(line, told):
    assert bool(problems(line)) == told
