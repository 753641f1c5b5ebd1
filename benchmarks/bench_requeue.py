"""From a worker's SIGKILL until its run trains again on another worker.

    python -m benchmarks.bench_requeue

The goal is the lease plus 5 s. The clock starts with the kill and stops when the second attempt's
trainer reports that it trains, which takes it PyTorch's import, the data and the checkpoint. The
baseline is the lease: nobody may take the run before it ends.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from backend.schemas.runs import RunDetail
from tests.kills.ground import LEASE, Ground, settings
from tests.support.servers import NotInstalledError, PostgreSQL

EPOCHS = 400  # it must not end before it is killed


def trains_again(run: RunDetail) -> bool:
    return run["attempt"] == 2 and run["progress"]["stage"] == "training"


def once(url: str) -> float:
    """Seconds from the kill until it trains again."""
    with tempfile.TemporaryDirectory(prefix="ols-requeue-", ignore_cleanup_errors=True) as folder:
        ground = Ground(settings(Path(folder), url), None, None)
        try:
            for _ in range(2):
                ground.start_worker()
            run_id = ground.submit(epochs=EPOCHS)
            ground.until_epoch(run_id, 3)
            worker = ground.holder(run_id)
            worker.kill()
            killed = time.monotonic()
            worker.wait()
            ground.wait(run_id, trains_again)
            return time.monotonic() - killed
        finally:
            ground.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_requeue")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print("| database | lease, s | training again after, s | worst beyond the lease, s |")
    print("|---|---|---|---|")
    show("SQLite", [once("") for _ in range(rounds)])
    try:
        server = PostgreSQL()
    except NotInstalledError as missing:
        print(missing)
        return
    server.start()
    try:
        show("PostgreSQL", [once(server.new_database()) for _ in range(rounds)])
    finally:
        server.close()


def show(database: str, took: list[float]) -> None:
    times = ", ".join(f"{seconds:.1f}" for seconds in took)
    print(f"| {database} | {LEASE:g} | {times} | {max(took) - LEASE:.1f} |", flush=True)


if __name__ == "__main__":
    main()
