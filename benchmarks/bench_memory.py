"""The web process's memory over a long day: pages, open streams, and requests that make no sense.

    python -m benchmarks.bench_memory [--minutes 30] [--streams 500]

Two clients open every kind of page in turn, two others ask the API's operations with values drawn
at random, most of them wrong, while all streams stay open and two runs report an epoch each second.
A line every half minute is the curve. The goals: under 180 MB at the end, and no slope: the last
third must not stand higher than the second. The baseline is the process before it was asked.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import string
from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import psutil

from backend.store.claims import Claim
from benchmarks.lab import Lab, lab, report

RUNS, EPOCHS = 12, 40
MOST_EPOCHS = 10_000
PAGES = (
    "/", "/runs/1", "/runs/2", "/compare?runs=1,2,3", "/table?runs=1,2,3,4", "/noise?runs=1,2,3",
    "/experiments", "/runs/new", "/methods", "/methods/ols", "/workers", "/reports/runs/1",
    "/api/runs", "/api/runs/1/metrics", "/api/runs/1/matrices/soft_labels/3", "/docs",
)  # fmt: skip
CLIENTS = 2  # of each kind
EVERY = 30.0  # seconds between two lines
MB = 1e6


@dataclass
class Day:
    """What has been asked so far, and the curve: seconds and MB."""

    address: str
    process: psutil.Process
    began: float
    asked: Counter[str] = field(default_factory=Counter)
    curve: list[tuple[float, float]] = field(default_factory=list)

    def note(self) -> None:
        """Prints the curve's next point."""
        now = asyncio.get_running_loop().time() - self.began
        self.curve.append((now, self.process.memory_info().rss / MB))
        asked = ", ".join(f"{count} {name}" for name, count in sorted(self.asked.items()))
        print(f"{now / 60:6.1f} min  {self.curve[-1][1]:6.0f} MB  {asked}", flush=True)


async def load_pages(day: Day) -> None:
    """Every kind of page in turn."""
    async with httpx.AsyncClient(base_url=day.address, timeout=120) as client:
        for path in itertools.cycle(PAGES):
            answer = await client.get(path, headers={"Accept": "text/html"})
            day.asked["pages" if answer.status_code < 400 else f"pages refused: {path}"] += 1


async def ask_nonsense(day: Day, dice: random.Random) -> None:
    """The API's operations with drawn values. A 500 counts under its own name."""
    async with httpx.AsyncClient(base_url=day.address, timeout=120) as client:
        paths: dict[str, dict[str, Any]] = (await client.get("/openapi.json")).json()["paths"]
        operations = [
            (verb, path, operation)
            for path, verbs in paths.items()
            for verb, operation in verbs.items()
            if not path.endswith("/events")  # a stream ends with its reader
        ]
        while True:
            verb, path, operation = dice.choice(operations)
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    # What stands is read only: pages must find it.
                    value = word(dice) if verb == "get" else f"x{word(dice)}"
                    path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
            names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
            query = {name: word(dice) for name in names if dice.random() < 0.5}
            body = (
                json.dumps({word(dice): word(dice)}) if verb in ("post", "put", "patch") else None
            )
            answer = await client.request(verb, path, params=query, content=body)
            day.asked["errors of the server" if answer.status_code >= 500 else "requests"] += 1


def word(dice: random.Random) -> str:
    """A number, a text or something that no parameter takes."""
    return dice.choice(
        (
            str(dice.randint(1, RUNS)),
            str(dice.randint(-(10**20), 10**20)),
            "".join(dice.choices(string.printable, k=dice.randint(1, 30))),
            chr(dice.randint(0x80, 0xD7FF)) * dice.randint(1, 5),
            dice.choice(("null", "NaN", "1e400", "true", "[]", "..", "%00", "soft_labels", "ols")),
        )
    )


async def watch(day: Day, number: int) -> None:
    """An open event stream: of all runs, or of one of the two that train."""
    parts = urlsplit(day.address)
    path = f"/api/runs/{RUNS + number % 2 + 1}/events" if number % 4 else "/api/events"
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    day.asked["streams"] += 1
    while await reader.read(65536):
        pass
    day.asked["streams that ended"] += 1


async def report_epochs(server: Lab, held: list[Claim]) -> None:
    """An epoch of each each second."""
    for epoch in itertools.count(1):
        for claim in held:
            await asyncio.to_thread(server.record, claim, report(epoch, MOST_EPOCHS))
        await asyncio.sleep(1)


async def live(server: Lab, minutes: float, streams: int) -> Day:
    """A day of the lab, in short."""
    day = Day(server.address, psutil.Process(server.pid), asyncio.get_running_loop().time())
    day.note()
    held = [server.claim(number, MOST_EPOCHS) for number in range(2)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(report_epochs(server, held))]
        tasks += [group.create_task(watch(day, number)) for number in range(streams)]
        for seed in range(CLIENTS):
            tasks.append(group.create_task(load_pages(day)))
            tasks.append(group.create_task(ask_nonsense(day, random.Random(seed))))
        while asyncio.get_running_loop().time() - day.began < 60 * minutes:
            await asyncio.sleep(EVERY)
            day.note()
        for task in tasks:
            task.cancel()
    return day


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--streams", type=int, default=500)
    given = parser.parse_args()
    with lab() as server:
        for number in range(RUNS):
            claim = server.claim(number, EPOCHS)
            for epoch in range(1, EPOCHS + 1):
                server.record(claim, report(epoch, EPOCHS))
            server.finish(claim)
        day = asyncio.run(live(server, given.minutes, given.streams))
    memory = [value for _, value in day.curve]
    third = len(memory) // 3
    second, last = median(memory[third : 2 * third]), median(memory[2 * third :])
    print(
        f"before: {memory[0]:.0f} MB; most {max(memory):.0f}; second third {second:.0f}, "
        f"last third {last:.0f} MB ({last / memory[0]:.2f}x of before)"
    )


if __name__ == "__main__":
    main()
