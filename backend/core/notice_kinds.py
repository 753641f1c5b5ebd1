"""What people are notified of: the events that an address may choose among.

A new one: its line here, who writes it (backend/store/notices.py or backend/notify/watch.py), its
words (backend/notify/wording.py), docs/notifications.md.
"""

from __future__ import annotations

from enum import StrEnum


class NoticeKind(StrEnum):
    """In the order in which lists name them."""

    FINISHED = "finished"
    FAILED = "failed"
    DIVERGED = "diverged"
    STALE = "stale"
    NO_WORKER = "no_worker"
    DISK = "disk"


WHEN = {
    NoticeKind.FINISHED: "a run or an experiment has finished",
    NoticeKind.FAILED: "a run has failed; of an experiment, its first failure and its end",
    NoticeKind.DIVERGED: "a run's loss became NaN or infinite (`failed` covers it)",
    NoticeKind.STALE: "a logged run has not reported for long, or a worker stopped responding",
    NoticeKind.NO_WORKER: "runs wait and no worker has reported for a while",
    NoticeKind.DISK: "little space is free where the lab keeps its data",
}
