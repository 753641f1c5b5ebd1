"""Texts are compared in any case, beyond ASCII, and alike on SQLite and PostgreSQL."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from sqlalchemy import delete, select

from backend.store import experiments, requests, runs
from backend.store.conditions import parse
from backend.store.database import Database
from backend.store.folding import fold
from backend.store.listing import RunQuery
from backend.store.tables import RunText
from ols.spec.sweep import Sweep
from tests.support import factories as make

NAMES = ("Übung α", "ÉCOLE 100%_x", "straße", "plain 🚀")


@pytest.fixture
def named(database: Database) -> list[int]:
    """Runs called NAMES; the first is tagged Größe, the last has a note."""
    numbers = [make.submit(database, name=name) for name in NAMES]
    with database.write() as session:
        runs.edit(session, numbers[0], {"tags": ["Größe"]})
        runs.edit(session, numbers[3], {"notes": "Später: FUẞBÄLLE"})
    return numbers


def names(database: Database, **query: object) -> list[str]:
    with database.read() as session:
        return [run["name"] for run in runs.listing(session, RunQuery(**query))[0]]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("übung", [0]),
        ("ÜBUNG Α", [0]),
        (normalize("NFD", "Übung"), [0]),
        ("ubung", []),
        ("école", [1]),
        ("ÉCOLE 100%_X", [1]),
        ("0%_", [1]),
        ("_", [1]),
        ("STRASSE", [2]),
        ("STRAẞE", [2]),
        ("straße", [2]),
        ("🚀", [3]),
        ("GRÖSSE", [0]),
        ("größe", [0]),
        ("SPÄTER", [3]),
        ("fussbälle", [3]),
    ],
)
def test_search_finds_it_in_the_other_case(
    database: Database, named: list[int], text: str, which: list[int]
) -> None:
    assert names(database, q=text, sort="id") == [NAMES[index] for index in which]


def test_names_sort_without_regard_to_case_and_page_by_page(database: Database) -> None:
    for name in ("b_2", "B 1", "Ä", "a", "ß", "ss", "z", "ä", "Z"):
        make.submit(database, name=name)
    expected = ["a", "B 1", "b_2", "ß", "ss", "z", "Z", "Ä", "ä"]
    assert names(database, sort="name") == expected
    assert names(database, sort="-name") == expected[::-1]
    paged: list[str] = []
    cursor: str | None = None
    for _ in expected:
        with database.read() as session:
            page, cursor = runs.listing(session, RunQuery(sort="name", limit=1, cursor=cursor))
        paged += [run["name"] for run in page]
    assert (paged, cursor) == (expected, None)


def test_a_tag_is_one_in_every_case(database: Database, named: list[int]) -> None:
    first, second = named[:2]
    with database.write() as session:
        requests.tag(session, first, ["GRÖSSE"])
        requests.tag(session, second, ["größe"])
        runs.edit(session, named[2], {"tags": ["Éa", "éA", "b"]})
    assert names(database, tags=("grösse",), sort="id") == list(NAMES[:2])
    with database.write() as session:
        assert runs.get(session, first)["tags"] == ["Größe"]
        assert runs.get(session, named[2])["tags"] == ["b", "Éa"]
        assert [fold(tag) for tag in runs.all_tags(session)] == ["b", "grösse", "éa"]
        requests.untag(session, first, ["GRÖßE"])
    assert names(database, tags=("Größe",)) == [NAMES[1]]
    assert names(database, q="grösse") == [NAMES[1]]


def test_what_was_renamed_is_found_by_its_new_name(database: Database, named: list[int]) -> None:
    with database.write() as session:
        requests.rename(session, named[0], "Ärger")
        runs.edit(session, named[1], {"name": "Öl"})
    assert names(database, q="ärger") == ["Ärger"]
    assert names(database, q="ÖL") == ["Öl"]
    assert names(database, q="übung") == names(database, q="école") == []


def test_a_run_whose_words_are_missing_is_listed(database: Database, named: list[int]) -> None:
    """Every run has them; a list must not lose one that a restored table left without."""
    with database.write() as session:
        session.execute(delete(RunText).where(RunText.run_id == named[2]))
        assert session.scalars(select(RunText.run_id)).all() != []
    assert set(names(database, sort="name")) == set(NAMES)


def test_a_field_of_the_spec_holds_a_text_in_any_case(database: Database) -> None:
    number = make.submit(database, dataset={"name": "image_folder", "folder": "Straßen-ÉTÉ"})
    with database.read() as session:
        for text in ("STRASSEN", "été", "straßen-É"):
            where = (parse(f"spec.dataset.folder~{text}"),)
            assert [r["id"] for r in runs.listing(session, RunQuery(where=where))[0]] == [number]


def test_experiments_are_searched_likewise(database: Database) -> None:
    sweep = Sweep.parse({"spec": {"epochs": 1}, "grid": {"method": ["hard", "ols"]}})
    with database.write() as session:
        number = experiments.submit(session, sweep, name="ÜBUNG_1").id
    with database.write() as session:
        assert [one["id"] for one in experiments.listing(session, q="übung_")] == [number]
        experiments.edit(session, number, {"name": "Straße"})
    with database.read() as session:
        assert [one["id"] for one in experiments.listing(session, q="STRASSE")] == [number]
        assert experiments.listing(session, q="übung") == []
