"""Many viewers of event streams in one process, for bench_streams.

Reads one JSON job from standard input, opens the streams, says `open` once all are, watches until
its input closes, and prints what each saw. Every second twenty of them hang up now and then, wait,
and come back with the last event they saw, as a browser does.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any

_EVENT = re.compile(rb"event: (\w+)\ndata: \{(.*?)\}\nid: (\d+)\n\n", re.DOTALL)
_EPOCH = re.compile(rb'"run_id":(\d+),"epoch":(\d+),')


@dataclass
class Viewer:
    """One browser page; `run_id` 0 watches all runs."""

    run_id: int
    dice: random.Random
    cursor: int = 0
    seen: list[tuple[int, int, float]] = field(default_factory=list)  # run, epoch, when
    opened: bool = False
    hung_up: int = 0
    lasts: float = 0.0  # seconds until it hangs up; 0: never

    async def watch(self, port: int) -> None:
        """Until it is cancelled."""
        while True:
            await _Stream(self, port).last()
            self.hung_up += 1
            await asyncio.sleep(self.dice.uniform(0.1, 3))

    def take(self, data: bytes) -> bytes:
        """Notes whole events; returns what is left."""
        now, end = time.time(), 0
        for match in _EVENT.finditer(data):
            end, self.cursor = match.end(), int(match[3])
            if match[1] == b"epoch" and (epoch := _EPOCH.match(match[2])):
                self.seen.append((int(epoch[1]), int(epoch[2]), now))
        return data[end:]


class _Stream(asyncio.Protocol):
    """One connection of a viewer."""

    def __init__(self, viewer: Viewer, port: int) -> None:
        self._viewer, self._port = viewer, port
        self._rest = b""
        self._over = asyncio.get_running_loop().create_future()

    async def last(self) -> None:
        """Until it hangs up or is cut off."""
        loop, viewer = asyncio.get_running_loop(), self._viewer
        transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        path = f"/api/runs/{viewer.run_id}/events" if viewer.run_id else "/api/events"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: {viewer.cursor}"
        transport.write(f"{head}\r\n\r\n".encode())
        patience = viewer.dice.uniform(0.5, 1.5) * viewer.lasts if viewer.lasts else None
        try:
            await asyncio.wait_for(self._over, patience)
        except TimeoutError:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._viewer.opened = True
        self._rest = self._viewer.take(self._rest + data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._over.done():
            self._over.set_result(None)


async def main() -> None:
    job: dict[str, Any] = json.loads(sys.stdin.readline())
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    viewers = [
        Viewer(run_id, random.Random(n), job["cursor"], lasts=job["lasts"] * (n // 20 % 2))
        for n, run_id in enumerate(job["runs"])
    ]
    tasks = []
    for viewer in viewers:
        tasks.append(asyncio.create_task(viewer.watch(job["port"])))
        await asyncio.sleep(0.002)
    while not all(viewer.opened for viewer in viewers):
        await asyncio.sleep(0.1)
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    print(json.dumps([[v.run_id, v.hung_up, v.seen] for v in viewers]))


if __name__ == "__main__":
    asyncio.run(main())
