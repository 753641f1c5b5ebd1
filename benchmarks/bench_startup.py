"""From the command to the first page, beside TensorBoard: what `python -m backend` costs to start.

    python -m benchmarks.bench_startup TENSORBOARD [ROUNDS]

TENSORBOARD: the program of an environment that has it, the baseline, started in turns with ours on
an empty folder. CPU seconds are the server's own when the page has come. Goal: 1.5 times its time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from statistics import median

import httpx
import psutil

from tests.support.ports import free_port

POLL = 0.02  # seconds


def start(command: list[str], page: str, environment: dict[str, str]) -> tuple[float, float, float]:
    """Seconds until the page has come; the server's CPU seconds and MB of memory by then."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            with suppress(httpx.TransportError):
                httpx.get(page, timeout=120).raise_for_status()
                break
            time.sleep(POLL)
        taken = time.perf_counter() - began
        server = psutil.Process(process.pid)
        used = server.cpu_times()
        return taken, used.user + used.system, server.memory_info().rss / 1e6
    finally:
        process.kill()
        process.wait()


def main() -> None:
    tensorboard, rounds = sys.argv[1], int([*sys.argv, "5"][2])
    # Modules are compiled once, as for a user.
    base = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    taken: dict[str, list[tuple[float, float, float]]] = {"TensorBoard": [], "OLS Lab": []}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds + 1):
            port = str(free_port())
            page = f"http://127.0.0.1:{port}/"
            own = {**base, "OLS_DATA_DIR": folder, "OLS_PORT": port}
            board = [tensorboard, "--logdir", folder, "--host", "127.0.0.1", "--port", port]
            for name, command in (
                ("TensorBoard", board),
                ("OLS Lab", [sys.executable, "-m", "backend"]),
            ):
                measured = start(command, page, own)
                if turn:  # the first round compiles, and creates the database
                    taken[name].append(measured)
    print(f"load {os.getloadavg()[0]:.1f}, {rounds} rounds, medians")
    first = [median(column) for column in zip(*taken["TensorBoard"], strict=True)]
    for name, rows in taken.items():
        clock, cpu, memory = (median(column) for column in zip(*rows, strict=True))
        print(
            f"  {name}: {clock:.2f} s ({clock / first[0]:.1f}x), "
            f"CPU {cpu:.2f} s ({cpu / first[1]:.1f}x), {memory:.0f} MB"
        )


if __name__ == "__main__":
    main()
