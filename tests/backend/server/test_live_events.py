"""The tail without a server: overflow, and no work while nobody watches."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from backend.server import live_events as module
from backend.server.live_events import Tail
from backend.store.database import Database
from tests.support import factories as make
from tests.support.restoring import back_up, restore

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """In a thread of its own: Playwright's loop may run in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def events_of(data: bytes) -> list[bytes]:
    """One piece of a stream may hold several."""
    assert data.endswith(b"\n\n")
    return data.split(b"\n\n")[:-1]


def test_a_viewer_waits_less_than_a_second_for_news() -> None:
    """How much less in practice: benchmarks/bench_live.py."""
    assert module.INTERVAL <= 0.5


def test_what_came_at_once_is_sent_in_one_piece(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.submit(database)
    claim = make.claim(database)

    async def watch() -> list[bytes]:
        tail = Tail(database)
        stream = tail.stream(0)
        first = [await anext(stream) for _ in range(2)]
        monkeypatch.setattr(module, "INTERVAL", 0.5)
        for epoch in range(1, 6):
            await asyncio.to_thread(make.record, database, claim, epoch)
        seen: list[bytes] = []
        while sum(piece.count(b"event: epoch") for piece in seen) < 5:
            seen.append(await anext(stream))
        await stream.aclose()  # type: ignore[attr-defined]
        return first + seen

    opening, states, *pieces = run(watch())
    assert opening.startswith(b"retry:")
    assert len(events_of(states)) == 2
    assert len(pieces) <= 3, "five epochs within two looks at the table"


def test_one_who_polls_is_given_what_it_missed_and_let_go(database: Database) -> None:
    make.submit(database)
    claim = make.claim(database)
    make.record(database, claim, 1)

    async def ask(cursor: int) -> list[bytes]:
        return [piece async for piece in Tail(database).missed(cursor)]

    opening, missed = run(ask(0))
    assert opening.startswith(b"retry:")
    assert [event.split(b"\n")[0] for event in events_of(missed)] == [
        b"event: state",
        b"event: state",
        b"event: epoch",
    ]
    last = int(events_of(missed)[-1].rpartition(b"id: ")[2])
    assert run(ask(last)) == [opening]
    assert b"event: reset" in run(ask(last + 100))[1], "an older database was restored"


def test_a_slow_viewer_is_given_what_it_missed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE", 3)
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    make.submit(database)
    claim = make.claim(database)

    async def watch() -> list[bytes]:
        tail = Tail(database)
        stream = tail.stream(0)
        assert await anext(stream)  # the opening
        seen = events_of(await anext(stream))  # two states
        for epoch in range(1, 21):
            await asyncio.to_thread(make.record, database, claim, epoch)
        await asyncio.sleep(0.1)  # the queue overflows meanwhile
        while len(seen) < 22:
            seen += events_of(await anext(stream))
        await stream.aclose()  # type: ignore[attr-defined]
        return seen

    seen = run(watch())
    assert [text.count(b"event: epoch") for text in seen] == [0, 0] + [1] * 20
    assert len(set(seen)) == len(seen)


def test_nobody_watching_costs_no_queries(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.01)

    async def watch() -> tuple[int, int]:
        tail = Tail(database)
        streams = [tail.stream(0) for _ in range(10)]
        for stream in streams:
            await anext(stream)
            await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(asyncio.sleep(0))), 1)
        tasks = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await asyncio.sleep(0.1)
        assert tail.viewers == 10
        with make.counted(database) as busy:
            await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.1)
        assert tail.viewers == 0
        with make.counted(database) as idle:
            await asyncio.sleep(0.1)
        return len(busy), len(idle)

    busy, idle = run(watch())
    most = 20 + 20 // module.LOOKS + 2
    assert 0 < busy <= most, "one query a look, and now and then one more, however many watch"
    assert idle == 0


def test_silence_is_broken_by_comments(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.05)

    async def watch() -> list[bytes]:
        tail = Tail(database)
        stream = tail.stream(0)
        seen = [await anext(stream) for _ in range(3)]
        tail.close()
        return seen + [item async for item in stream]

    seen = run(watch())
    assert seen[1:3] == [b": still here\n\n"] * 2


def test_a_viewer_that_waits_holds_no_transaction_open(database: Database) -> None:
    """Or SQLite's log could never begin anew."""
    make.submit(database)

    async def watch() -> int:
        stream = Tail(database).stream(0)
        assert await anext(stream)
        assert b"event: state" in await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(3 * module.INTERVAL)
        held = 1
        for _ in range(100):  # between two looks at the table
            held = min(held, database.engine.pool.checkedout())  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)
        waiting.cancel()
        return held

    assert run(watch()) == 0


@pytest.mark.parametrize("of_run", [False, True])
def test_ids_that_go_back_reset_the_viewers_and_what_follows_is_sent(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_run: bool
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    run_id = make.submit(database)
    claim = make.claim(database)
    back_up(database, tmp_path / "backup")
    make.record(database, claim, *range(1, 10))

    async def watch() -> list[bytes]:
        tail = Tail(database)
        stream = tail.stream_of_one(0, run_id) if of_run else tail.stream(0)
        seen: list[bytes] = []
        while sum(piece.count(b"event: epoch") for piece in seen) < 9:
            seen.append(await anext(stream))
        following = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(restore, database, tmp_path / "backup")
        after = [await following]
        await asyncio.to_thread(make.record, database, claim, 1)
        after.append(await anext(stream))
        await stream.aclose()  # type: ignore[attr-defined]
        return after

    reset, epoch = run(watch())
    assert events_of(reset)[0].startswith(b"event: reset")
    assert [b"event: epoch" in text for text in events_of(epoch)] == [True]
    assert b'"epoch":1' in epoch


def test_a_cursor_of_another_database_is_reset(database: Database) -> None:
    make.submit(database)

    async def watch() -> list[bytes]:
        stream = Tail(database).stream(1000)
        pieces = [await anext(stream) for _ in range(2)]
        await stream.aclose()  # type: ignore[attr-defined]
        return pieces

    _, reset = run(watch())
    assert reset.startswith(b"event: reset")
    assert b"id: 1\n" in reset
