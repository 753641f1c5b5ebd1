"""What people read."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.notice_kinds import NoticeKind
from backend.notify import wording
from backend.store.tables import Notice

RUN = {"name": "ols digits s0", "epoch": 3, "epochs": 30, "error": "the loss is NaN"}


def notice(kind: str, run: int | None = 12, number: int | None = None, **data: Any) -> Notice:
    return Notice(kind=kind, run_id=run, experiment_id=number, data={**RUN, **data})


@pytest.mark.parametrize(
    ("notice", "title", "text"),
    [
        (
            notice("finished", val_top1=0.9, val_top1_best=0.912),
            "Run 12 “ols digits s0” finished",
            "Validation top-1 90.0%, at best 91.2%",
        ),
        (notice("finished", owner="ada"), "Run 12 “ols digits s0” (ada) finished", ""),
        (
            notice("diverged"),
            "Run 12 “ols digits s0” diverged after epoch 3 of 30",
            "the loss is NaN",
        ),
        (notice("failed", epoch=0, error=None), "Run 12 “ols digits s0” failed", ""),
        (
            notice("failed", number=2, experiment="seeds"),
            "Experiment 2 “seeds”: run 12 “ols digits s0” failed after epoch 3 of 30",
            "the loss is NaN\nYou hear of the experiment's other runs when it has ended.",
        ),
        (
            notice("stale", queued_again=True),
            "Run 12 “ols digits s0”: its worker stopped responding",
            "It is queued again and resumes from its last checkpoint.",
        ),
        (
            notice(
                "failed",
                None,
                2,
                counts={"finished": 52, "failed": 7, "paused": 1},
                problem=None,
                failed=[{"id": 3, "name": "a"}, {"id": 4, "name": "b"}],
                experiment="seeds",
            ),
            "Experiment 2 “seeds” has ended: 1 given up, 52 finished, 7 failed",
            "Failed: run 3 “a”, run 4 “b”, 5 more",
        ),
    ],
)
def test_a_notice_in_words(notice: Notice, title: str, text: str) -> None:
    assert (wording.title(notice), wording.text(notice)) == (title, text)


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_words(kind: NoticeKind) -> None:
    said = notice(kind, heard_at="10:00", queued=2, free=1e9, host="h", folder="/data")
    message = wording.message([said], {kind: 1}, "https://lab")
    assert message.title
    assert message.text.splitlines()[-1] == "https://lab/runs/12"


def test_where_it_can_be_seen() -> None:
    assert wording.link(notice("failed"), "") == ""
    assert wording.link(notice("failed", None, 3), "https://lab") == "https://lab/experiments/3"
    assert wording.link(notice("disk", None), "https://lab") == "https://lab/workers"
