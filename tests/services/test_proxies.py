"""The lab below /ols/ behind nginx, Apache and Caddy, with what docs/proxy.md tells them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx
import pytest

from backend.store import claims
from backend.store.claims import Claim
from backend.store.database import Database, connect
from tests.support import factories as make
from tests.support.processes import web
from tests.support.proxies import KINDS, documented, proxy
from tests.support.servers import NotInstalledError
from tests.support.waiting import PATIENCE, wait_until

COMMENT = b": still here"
HTML = {"Accept": "text/html"}


@dataclass
class Stream:
    """What a browser gets of an event stream, piece by piece, each as soon as it comes."""

    url: str
    chunks: list[bytes] = field(default_factory=list)

    def follow(self, stop: threading.Event) -> None:
        timeout = httpx.Timeout(PATIENCE)
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip"}
        with httpx.stream("GET", self.url, headers=headers, timeout=timeout) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                self.chunks.append(chunk)
                if stop.is_set():
                    return

    def wait_for(self, part: bytes) -> list[bytes]:
        """The pieces until `part` came."""
        wait_until(
            lambda: part in b"".join(self.chunks),
            otherwise=lambda: f"{part!r} came not, but {self.chunks}",
        )
        return list(self.chunks)


@dataclass
class Served:
    """A lab behind all three proxies, with one run that trains and a stream through each."""

    url: str  # the lab's own
    database: Database
    claim: Claim
    addresses: dict[str, str]
    streams: dict[str, Stream]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("proxied")
    stop, threads = threading.Event(), []
    with ExitStack() as stack:
        running = stack.enter_context(web(folder, OLS_ROOT_PATH="/ols"))
        database = connect(f"sqlite:///{folder / 'ols.sqlite3'}")
        stack.callback(database.dispose)
        make.submit(database)
        claim = make.claim(database, lease=3600)
        addresses, streams = {}, {}
        for kind in KINDS:
            try:
                address = stack.enter_context(proxy(kind, documented(kind, running.url)))
            except NotInstalledError as missing:
                pytest.skip(str(missing))
            addresses[kind] = f"{address}/ols"
            streams[kind] = Stream(f"{address}/ols/api/runs/{claim.run_id}/events?after=0")
            threads.append(threading.Thread(target=streams[kind].follow, args=(stop,)))
        for thread in threads:
            thread.start()
        for stream in streams.values():
            stream.wait_for(b"retry: ")
        make.record(database, claim, 1)
        yield Served(running.url, database, claim, addresses, streams)
        stop.set()
        with database.write() as session:  # the streams end with their run
            claims.finish(session, claim)
        for thread in threads:
            thread.join(PATIENCE)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_not_held_back(served: Served, kind: str) -> None:
    """Neither by a buffer nor by gzip: it comes before the comment that follows in 15 s."""
    pieces = served.streams[kind].wait_for(b"event: epoch")
    assert not any(COMMENT in piece for piece in pieces if b"event: epoch" in piece)


@pytest.mark.parametrize("kind", KINDS)
def test_a_silent_stream_is_kept_open_by_comments(served: Served, kind: str) -> None:
    served.streams[kind].wait_for(COMMENT)


@pytest.mark.parametrize("kind", KINDS)
def test_pages_changes_and_downloads_pass_through(served: Served, kind: str) -> None:
    address, run = served.addresses[kind], served.claim.run_id
    page = httpx.get(f"{address}/runs/{run}", headers=HTML)
    assert page.status_code == 200
    assert f'href="/ols/api/runs/{run}"' in page.text
    origin = {"Origin": address.removesuffix("/ols")}  # as a browser on another machine says it
    change = httpx.patch(f"{address}/api/runs/{run}", json={"name": kind}, headers=origin)
    assert change.status_code == 200, change.text
    frame = httpx.get(f"{address}/api/runs/{run}/matrices/soft_labels/1?format=npy")
    assert frame.content.startswith(b"\x93NUMPY")
    elsewhere = httpx.get(f"{address}/workers/", headers=HTML)
    assert elsewhere.status_code == 307
    assert elsewhere.headers["location"] == f"{address}/workers"


def test_a_prefix_that_is_passed_on_leads_to_the_same_page(served: Served) -> None:
    with proxy("nginx", f"location / {{ proxy_pass {served.url}; }}") as address:
        page = httpx.get(f"{address}/ols/workers", headers=HTML)
    assert page.status_code == 200
    assert 'href="/ols/experiments"' in page.text
