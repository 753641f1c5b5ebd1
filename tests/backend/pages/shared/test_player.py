from __future__ import annotations

import re
from typing import Any

import pytest

from backend.pages.shared.player import first_frame
from tests.support import factories as make

STORED = {"epochs": [1, 2], "versions": ["aa", "bb"]}


def player(kind: str, k: int) -> dict[str, Any]:
    return {"runs": [{"id": 7, "matrices": [{"kind": kind, "k": k, **STORED}]}], "kind": kind}


@pytest.mark.parametrize(
    ("kind", "k", "ending"),
    [
        ("soft_labels", 256, ""),
        ("soft_labels", 257, "&preview=1"),
        ("confusion", 257, ""),
    ],
)
def test_the_first_frame_is_the_newest_as_small_as_the_script_takes_it(
    kind: str, k: int, ending: str
) -> None:
    assert first_frame(player(kind, k), {}) == f"/api/runs/7/matrices/{kind}/2?v=bb{ending}"


@pytest.mark.parametrize("name", ["epoch", "order", "zoom"])
def test_what_the_address_chooses_is_left_to_the_script(name: str) -> None:
    assert first_frame(player("soft_labels", 10), {name: "1"}) == ""


def test_no_matrix_no_first_frame() -> None:
    assert first_frame({**player("soft_labels", 10), "kind": "confusion"}, {}) == ""


def test_a_page_asks_for_its_first_frame_before_its_styles(client: Any) -> None:
    run_id = make.trained(client.app.state.database, epochs=2)
    head = client.get(f"/runs/{run_id}").text.partition("</head>")[0]
    (found,) = re.findall(r'<link rel="preload" as="fetch" [^>]*href="([^"]+)"', head)
    assert "immutable" in client.get(found.replace("&amp;", "&")).headers["cache-control"]
    assert head.index('as="fetch"') < head.index('rel="stylesheet"')
