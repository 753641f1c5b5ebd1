"""How numbers and times are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.analysis import formats
from backend.pages.shared.sparkline import sparkline_points


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.4, "under 1 s"),
        (59, "59 s"),
        (75, "1 min 15 s"),
        (900, "15 min"),
        (5400, "1 h 30 min"),
        (100_000, "1 d 3 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert formats.duration(seconds) == text


def test_what_is_not_known_is_a_dash() -> None:
    assert [formats.percent(value) for value in (None, float("nan"))] == ["–", "–"]


def test_ages() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    ages = [10, 300, 7200, 200_000]
    found = [formats.ago(now - timedelta(seconds=age), now) for age in ages]
    assert found == ["just now", "5 min ago", "2 h ago", "2 d ago"]


def test_sparklines_share_one_scale() -> None:
    assert sparkline_points([]) == ""
    assert sparkline_points([None, 0.0, 1.0]) == "48.0,20.0 94.0,2.0"
    assert len(sparkline_points([0.5]).split()) == 2


def test_bytes_places_and_guesses_of_time() -> None:
    sizes = [None, 0, 999, 1500, 123_456, 5_000_000, 7e12]
    words = ["–", "0 B", "999 B", "1.5 kB", "123 kB", "5.0 MB", "7.0 TB"]
    assert [formats.size(count) for count in sizes] == words
    places = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111]
    assert " ".join(map(formats.ordinal, places)) == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th"
    )
    assert [formats.ahead(n) for n in (5, 130, 5400)] == [
        "any moment",
        "in about 2 min",
        "in about 1 h 30 min",
    ]
