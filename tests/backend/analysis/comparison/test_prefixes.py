from __future__ import annotations

from typing import Any

from backend.analysis.comparison.prefixes import shared_before, shared_words


def run(number: int, parent: int | None = None, epoch: int = 0) -> Any:
    return {"id": number, "parent": None if parent is None else {"run": parent, "epoch": epoch}}


def test_a_fork_shares_its_epochs_with_its_parent() -> None:
    runs = [run(2, 1, 8), run(1), run(3)]
    assert [shared_before(runs, place) for place in range(3)] == [8, 0, 0]
    assert shared_words(runs) == "#2 is the same as #1 until epoch 8"


def test_without_the_parent_the_first_fork_draws_what_the_others_share() -> None:
    runs = [run(2, 1, 8), run(3, 1, 5), run(4, 1, 9), run(5, 9, 3)]
    assert [shared_before(runs, place) for place in range(4)] == [0, 5, 8, 0]
    assert shared_words(runs) == (
        "#3 is the same as #2 until epoch 5; #4 is the same as #2 until epoch 8"
    )


def test_runs_of_their_own_share_nothing() -> None:
    assert shared_words([run(1), run(2)]) == ""
