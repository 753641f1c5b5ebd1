"""The mutants fit the source as it stands, and their proofs are there."""

from __future__ import annotations

import ast
from typing import get_args

import pytest

from tests.kills.soak import Where
from tests.mutants.mutant import ROOT, MovedError, Mutant
from tests.mutants.promises import PROMISES
from tests.mutants.soaked import SOAKED


@pytest.mark.parametrize("mutant", [*PROMISES, *SOAKED], ids=lambda mutant: mutant.promise)
def test_a_mutant_changes_one_place_into_other_valid_code(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text()
    assert text.count(mutant.original) == 1, "the source moved: adapt the mutant"
    assert mutant.mutated != mutant.original
    ast.parse(text.replace(mutant.original, mutant.mutated))


def test_each_of_the_thirteen_promises_has_a_test() -> None:
    assert len({mutant.promise for mutant in PROMISES}) == 13
    for mutant in PROMISES:
        file, _, name = mutant.proof.partition("::")
        tree = ast.parse((ROOT / file).read_text())
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in tests, mutant.proof


def test_the_soaks_mutants_are_soaked_on_both_set_ups() -> None:
    assert {mutant.proof for mutant in SOAKED} == set(get_args(Where))
    for word in ("resume", "fence", "lease", "requeue", "accepted"):
        assert any(mutant.promise.startswith(word) for mutant in SOAKED)


def test_a_source_that_moved_is_an_error(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file.py").write_text("a = 1\na = 1\n")
    with pytest.raises(MovedError, match="2 times"):
        Mutant("", "file.py", "a = 1", "a = 2", "").apply(tmp_path)
    with pytest.raises(MovedError, match="0 times"):
        Mutant("", "file.py", "b = 1", "b = 2", "").apply(tmp_path)
