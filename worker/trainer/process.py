"""The process that trains one run: `python -m worker.trainer.process`, started by the supervisor.

It knows neither database nor queue. The job comes as one JSON line on stdin, then a line for each
epoch that is recorded; when stdin closes, the parent has gone and this process ends itself. Reports
leave as messages on the file descriptor that the job names. Standard output and error are the run's
log. A run on several devices trains in ranks that this process launches (worker.trainer.launcher).
"""

from __future__ import annotations

import json
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from backend.store.objects import ObjectStore
from worker.files.checkpoints import attempt_folder, list_checkpoints
from worker.trainer.channel import ORPHANED, Channel, lines
from worker.trainer.failures import UNEXPECTED
from worker.trainer.fetching import fetch_newest, fetch_parent
from worker.trainer.launcher import launch
from worker.trainer.loop import Ending, attempt, log, train
from worker.trainer.messages import Failure


def main() -> int:
    """Trains; 0 when a message says how it ended, 1 after a crash."""
    job = json.loads(sys.stdin.readline())
    channel = Channel(Connection(job["pipe"], readable=False), lines(0))

    def work() -> Ending:
        base, recorded = Path(job["checkpoint_dir"]), job["recorded"]
        folder = attempt_folder(base, job["attempt"], recorded)
        if recorded and job["files_url"]:
            store = ObjectStore(job["files_url"])
            fetch_newest(store, job["run_in_store"], recorded, folder, log)
            if job["fork_point"] and not list_checkpoints(folder):
                fetch_parent(store, job["run_in_store"], Path(job["parent_dir"]), log)
        own = {**job, "checkpoint_dir": str(folder)}
        return train(own, channel) if job["spec"].get("devices", 1) == 1 else launch(own, channel)

    try:
        ending = attempt(work)
        channel.send(ending)
    except BrokenPipeError:
        return ORPHANED
    return int(isinstance(ending, Failure) and ending.code in UNEXPECTED)


if __name__ == "__main__":
    sys.exit(main())
