from __future__ import annotations

import re
from typing import Any

import pytest

from backend.pages.shared.player import first_answers, player_data
from tests.support import factories as make


def player(
    kind: str, k: int, epochs: tuple[int, ...] = (1, 2), *, live: bool = False
) -> dict[str, Any]:
    stored = {"kind": kind, "k": k, "epochs": list(epochs), "versions": ["v"] * len(epochs)}
    return player_data([{"id": 7, "matrices": [stored], "live": live}], kind, {})


@pytest.mark.parametrize(
    ("kind", "k", "ending"),
    [
        ("soft_labels", 20, ""),
        ("soft_labels", 257, "&preview=1"),
        ("confusion", 257, ""),
    ],
)
def test_the_first_frame_is_the_newest_as_small_as_the_script_takes_it(
    kind: str, k: int, ending: str
) -> None:
    frame = f"/api/runs/7/matrices/{kind}/2?v=v{ending}"
    assert first_answers(player(kind, k), {}) == [frame]


def test_more_than_twenty_classes_come_clustered() -> None:
    assert first_answers(player("soft_labels", 21), {}) == [
        "/api/runs/7/orders?kind=soft_labels&epoch=2",
        "/api/runs/7/matrices/soft_labels/2?v=v",
    ]


@pytest.mark.parametrize(
    ("epochs", "live", "order"),
    [
        ((0,), True, {"name": "index", "epoch": None}),  # what was given, not learned
        ((0, 1), True, {"name": "cluster", "epoch": 1}),
        (tuple(range(8)), True, {"name": "cluster", "epoch": 4}),  # rows seldom move
        (tuple(range(8)), False, {"name": "cluster", "epoch": 7}),
        ((0, 5, 7), True, {"name": "cluster", "epoch": 5}),  # the others were thinned
    ],
)
def test_the_order_is_of_an_epoch_that_is_kept(
    epochs: tuple[int, ...], live: bool, order: dict[str, Any]
) -> None:
    assert player("soft_labels", 62, epochs, live=live)["order"] == order


@pytest.mark.parametrize("name", ["epoch", "order", "zoom"])
def test_what_the_address_chooses_is_left_to_the_script(name: str) -> None:
    assert first_answers(player("soft_labels", 10), {name: "1"}) == []


def test_no_matrix_no_first_frame() -> None:
    assert first_answers({**player("soft_labels", 10), "kind": "confusion"}, {}) == []


def test_a_page_asks_for_its_first_frame_before_its_styles(client: Any) -> None:
    run_id = make.trained(client.app.state.database, epochs=2)
    head = client.get(f"/runs/{run_id}").text.partition("</head>")[0]
    (found,) = re.findall(r'<link rel="preload" as="fetch" [^>]*href="([^"]+)"', head)
    assert "immutable" in client.get(found.replace("&amp;", "&")).headers["cache-control"]
    assert head.index('as="fetch"') < head.index('rel="stylesheet"')
