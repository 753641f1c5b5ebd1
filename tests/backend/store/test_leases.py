"""Leases end by not changing, on the watcher's own clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import OperationalError

from backend.store.database import Database
from backend.store.leases import Lease, LeaseWatch
from tests.support import factories as make

OLD, NEW = Lease(1, datetime(2026, 1, 1, tzinfo=UTC)), Lease(1, datetime(2025, 1, 1, tzinfo=UTC))


class Watch:
    """A lease watch of ten seconds with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.watch = LeaseWatch(10, lambda: self.now)

    def at(self, second: float, **leases: Lease) -> list[int]:
        self.now = second
        return list(self.watch.ended({int(name[1:]): lease for name, lease in leases.items()}))


def test_a_lease_ends_once_it_has_stayed_the_same_for_its_length() -> None:
    watch = Watch()
    assert [watch.at(second, r1=OLD, r2=OLD) for second in (0, 4, 8)] == [[], [], []]
    assert watch.at(10, r1=OLD, r2=NEW) == []
    assert watch.at(10.5, r1=OLD, r2=NEW) == [1]
    assert watch.at(15, r2=NEW) == []
    assert watch.at(20.5, r2=NEW) == [] or watch.at(20.5, r2=NEW) == [2]


def test_another_attempt_is_another_lease() -> None:
    watch = Watch()
    for second in (0, 4, 8):
        watch.at(second, r1=OLD)
    assert watch.at(11, r1=Lease(2, OLD.expires_at)) == []


def test_a_database_that_was_away_ends_no_lease() -> None:
    """Its workers could not renew either."""
    watch = Watch()
    watch.at(0, r1=OLD)
    assert watch.at(60, r1=OLD) == []
    assert watch.at(64, r1=OLD) == []
    assert watch.at(68, r1=OLD) == []
    assert watch.at(70.5, r1=OLD) == [1]


def test_a_writer_that_had_to_wait_lets_those_who_renew_go_first(database: Database) -> None:
    make.submit(database)
    claim = make.claim(database)
    # Each look reads the clock once; from half a lease on also before and after the write lock.
    looks = [(0,), (4,), (8, 8, 8), (10.5, 10.5, 12.5), (13,), (17,), (21, 21, 21), (23.5,) * 3]
    times = iter([0.0, *(float(second) for look in looks for second in look), 26.0, 26.0, 26.1])
    watch = LeaseWatch(10, lambda: next(times))
    assert [watch.release(database) for _ in looks] == [[]] * len(looks), "the fourth waited 2 s"
    assert watch.release(database) == [claim.run_id]


def test_a_writer_that_comes_through_first_after_a_long_wait_of_all_takes_nothing(
    database: Database,
) -> None:
    """The lock was free just as this one asked; the worker's own try is still to come."""
    make.submit(database)
    make.claim(database)
    now = [0.0]
    watch = LeaseWatch(10, lambda: now[0])
    for now[0] in (0, 4):
        assert watch.release(database) == []
    now[0] = 8.9  # the file was held from 1 to 8.8: this is the first write of all
    assert watch.release(database) == []
    now[0] = 10.5
    assert watch.release(database) == [], "its worker has had 1.6 s only"


def test_a_writer_that_is_turned_away_begins_to_watch_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.submit(database)
    claim = make.claim(database)
    now = [0.0]
    watch = LeaseWatch(10, lambda: now[0])
    for now[0] in (0, 4, 5.5, 8):
        watch.release(database)
    now[0] = 10.6

    def refused(*_: object) -> bool:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr("backend.store.leases.expire", refused)
        with pytest.raises(OperationalError):
            watch.release(database)
    for now[0] in (11, 15, 16.2, 20):
        assert watch.release(database) == []
    now[0] = 21.5
    assert watch.release(database) == [claim.run_id]
