"""How soon `/healthz` answers while the web service is asked for more than it can do.

    python -m benchmarks.bench_health [--seconds 15]

The goal is under half a second whatever is asked for: an orchestrator that waits longer restarts a
service that is merely busy. The baseline is the same question in the same run with nobody else
asking. Each kind of load asks again as soon as it is answered, also where it is refused.
"""

from __future__ import annotations

import argparse
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from statistics import median

import httpx

from benchmarks.lab import Lab, lab, report

RUNS, EPOCHS = 12, 40
PAUSE = 0.05  # seconds between two questions
REPORTS, HEAVY, PAGES = 44, 80, 80  # who ask at once

ALL = ",".join(map(str, range(1, RUNS + 1)))
LOADS: dict[str, list[tuple[int, str]]] = {
    "44 reports": [(REPORTS, "/reports/runs/1")],
    "80 comparisons, tables and noise pages": [
        (HEAVY // 4, f"/compare?runs={ALL}"),
        (HEAVY // 4, f"/api/compare/results?runs={ALL}"),
        (HEAVY // 4, f"/table?runs={ALL}"),
        (HEAVY // 4, f"/noise?runs={ALL}"),
    ],
    "80 pages": [(PAGES // 2, "/"), (PAGES // 2, "/runs/1")],
}
LOADS["all of it"] = [asker for askers in LOADS.values() for asker in askers]


@contextmanager
def asking(address: str, wanted: Sequence[tuple[int, str]]) -> Iterator[list[Counter[int]]]:
    """Clients in a process of their own, so that they hold up nothing here; afterwards the list
    has their answers by status."""
    over = multiprocessing.Event()
    statuses: multiprocessing.Queue[Counter[int]] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_ask_all, args=(address, wanted, over, statuses))
    process.start()
    answers: list[Counter[int]] = []
    try:
        yield answers
    finally:
        over.set()
        answers.append(statuses.get())
        process.join()


def _ask_all(address: str, wanted: Sequence[tuple[int, str]], over: Event, statuses: Queue) -> None:
    counted: Counter[int] = Counter()
    paths = [path for count, path in wanted for _ in range(count)]
    threads = [threading.Thread(target=_ask, args=(address, path, over, counted)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses.put(counted)


def _ask(address: str, path: str, over: Event, counted: Counter[int]) -> None:
    with httpx.Client(base_url=address, headers={"Accept": "text/html"}, timeout=10) as client:
        while not over.is_set():
            with suppress(httpx.TransportError):
                answer = client.get(path)
                counted[answer.status_code] += 1
                if answer.status_code == 503:
                    over.wait(0.5)


def health(server: Lab, seconds: float) -> list[float]:
    """Seconds until each answer, the soonest first."""
    waits = []
    began = time.monotonic()
    with httpx.Client(base_url=server.address, timeout=60) as client:
        while time.monotonic() - began < seconds:
            asked = time.perf_counter()
            assert client.get("/healthz").status_code == 200
            waits.append(time.perf_counter() - asked)
            time.sleep(PAUSE)
    return sorted(waits)


def row(name: str, waits: list[float], idle: list[float], statuses: Counter[int]) -> str:
    middle, worst = median(waits), waits[-1]
    answered = statuses[200]
    return (
        f"| {name} | {len(waits)} | {1000 * middle:.0f} | {1000 * worst:.0f} "
        f"| {middle / median(idle):.1f} | {worst / idle[-1]:.1f} "
        f"| {answered} | {sum(statuses.values()) - answered} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=15)
    seconds = parser.parse_args().seconds
    with lab() as server:
        for number in range(RUNS):
            claim = server.claim(number, EPOCHS)
            for epoch in range(1, EPOCHS + 1):
                server.record(claim, report(epoch, EPOCHS, 62))
            server.finish(claim)
        print("| load | questions | median, ms | worst | median / idle | worst / idle ", end="")
        print("| answered | refused |\n|---|---|---|---|---|---|---|---|")
        health(server, 2)  # warm
        idle = health(server, seconds)
        print(row("none", idle, idle, Counter()), flush=True)
        for name, wanted in LOADS.items():
            with asking(server.address, wanted) as answers:
                time.sleep(3)  # until they all ask
                waits = health(server, seconds)
            print(row(name, waits, idle, answers[0]), flush=True)


if __name__ == "__main__":
    main()
