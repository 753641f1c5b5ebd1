"""What starting a run costs: trainers as processes of their own, and forked from a template.

    python -m benchmarks.bench_starts [--runs 20]

Runs of one epoch on digits, one after the other, each supervised as a worker does it. Seconds from
the claim to the run's first message, which is when the data and the network are ready, and the CPU
seconds of the whole run with its trainer; the first run of a template includes its loading and is
listed by itself. The baseline, in the same run, is a process of its own for each run.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

import psutil

from backend.core.settings import Settings
from backend.store.claims import claim_next
from backend.store.database import Database, connect, migrate
from backend.store.requests import submit
from ols.spec.run_spec import RunSpec
from worker.machine.slots import Slot
from worker.supervisor import Supervisor
from worker.trainer.forking import Forks

SPEC = {"method": "ols", "dataset": "digits", "epochs": 1}


def measured(config: Settings, database: Database, forks: Forks | None) -> tuple[float, float]:
    """Seconds until the run has prepared, CPU seconds of all that it takes."""
    with database.write() as session:
        submit(session, name=None, tags=[], spec=RunSpec.parse(SPEC))
        claim = claim_next(session, worker="bench", slot=0, lease_seconds=600)
    assert claim is not None
    began, spent = time.monotonic(), _cpu()
    prepared: list[float] = []

    def watch() -> None:
        while not prepared:
            with database.read() as session:
                if session.connection().exec_driver_sql(
                    f"SELECT info FROM runs WHERE id = {claim.run_id}"
                ).scalar_one() not in (None, "{}"):
                    prepared.append(time.monotonic() - began)
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    supervisor = Supervisor(config, database, claim, threading.Event(), forks)
    supervisor.supervise([Slot(0, None, "CPU", threads=1)])
    watcher.join()
    return prepared[0], _cpu() - spent


def _cpu() -> float:
    """CPU seconds of this process, of its children that live (a template), of all that ended."""
    own = psutil.Process()
    living = own.children(recursive=True)
    times = [own.cpu_times(), *(child.cpu_times() for child in living)]
    return sum(
        each.user + each.system + each.children_user + each.children_system for each in times
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_starts", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        config = Settings(_env_file=None, data_dir=Path(folder), trainer_threads=1)
        migrate(config.resolved_database_url)
        database = connect(config.resolved_database_url)
        forks = Forks()
        first = measured(config, database, forks)
        alone, forked = [], []
        for _ in range(runs):  # in turn: what else the machine does meets both
            alone.append(measured(config, database, None))
            forked.append(measured(config, database, forks))
        forks.close()
    print(f"first of a template     {first[0]:6.2f} s until prepared, {first[1]:6.2f} CPU s")
    for title, each in (("process of its own", alone), ("forked", forked)):
        seconds, cpu = (statistics.median(column) for column in zip(*each, strict=True))
        print(f"{title:22}  {seconds:6.2f} s until prepared, {cpu:6.2f} CPU s")
    ratios = [
        statistics.median(b[i] / a[i] for a, b in zip(alone, forked, strict=True)) for i in (0, 1)
    ]
    print(f"forked / own            {ratios[0]:6.2f}x until prepared, {ratios[1]:6.2f}x CPU")


if __name__ == "__main__":
    main()
