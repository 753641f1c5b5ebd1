"""What is remembered of audits from one answer to the next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from backend.analysis import rankings
from backend.analysis.audit import RunAudit
from backend.analysis.rankings import Rankings, remembered


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rankings, "_rankings", type(rankings._rankings)())


@pytest.fixture
def loaded() -> list[int]:
    """How many samples were loaded, load by load."""
    return []


def audit(loaded: list[int], samples: int) -> Callable[[], list[RunAudit]]:
    def load() -> list[RunAudit]:
        loaded.append(samples)
        columns = {name: np.arange(samples) for name in ("number", "given", "suggested")}
        scores = np.linspace(0, 1, samples) if samples else np.zeros(0)
        return [RunAudit({**columns, "true": columns["given"] // 2 * 2, "aum": scores}, {})]

    return load


def test_an_audit_is_loaded_and_ranked_once(loaded: list[int]) -> None:
    first = remembered(("a",), audit(loaded, 9))
    again = remembered(("a",), audit(loaded, 9))
    assert again.by("aum") is first.by("aum")
    assert again.auroc("aum") == first.auroc("aum") == pytest.approx(0.5)
    assert loaded == [9]


def test_another_version_and_another_company_are_loaded_anew(loaded: list[int]) -> None:
    for versions in (("a",), ("b",), ("a", "b"), ("b", "a"), ("a",)):
        remembered(versions, audit(loaded, 9))
    assert len(loaded) == 4


def test_what_was_asked_for_longest_ago_is_forgotten_first(
    loaded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rankings, "REMEMBERED", 20)
    for version in ("a", "b", "a", "c"):  # c makes them 27: b leaves
        remembered((version,), audit(loaded, 9))
    assert len(loaded) == 3
    remembered(("a",), audit(loaded, 9))
    assert len(loaded) == 3
    remembered(("b",), audit(loaded, 9))
    assert len(loaded) == 4


def test_an_audit_that_is_too_large_is_not_kept(
    loaded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rankings, "REMEMBERED", 20)
    assert isinstance(remembered(("large",), audit(loaded, 21)), Rankings)
    remembered(("large",), audit(loaded, 21))
    assert loaded == [21, 21]
