"""What people read of what happened: a title and a few lines for one notice, or for thousands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.core.notice_kinds import NoticeKind
from backend.core.run_states import RunState
from backend.store.tables import Notice
from ols.spec.metrics import ACCURACY

Level = Literal["info", "success", "warning", "failure"]  # apprise's words
LISTED = 20  # notices that a message names one by one

_LEVELS: dict[NoticeKind, Level] = {
    NoticeKind.FINISHED: "success",
    NoticeKind.FAILED: "failure",
    NoticeKind.DIVERGED: "failure",
    NoticeKind.STALE: "warning",
    NoticeKind.NO_WORKER: "warning",
    NoticeKind.DISK: "warning",
}
_WORST_FIRST: tuple[Level, ...] = ("failure", "warning", "success", "info")
# Behind a number; others are called what they are.
_COUNTED = {
    NoticeKind.NO_WORKER: "for want of a worker",
    NoticeKind.DISK: "for want of disk space",
}


@dataclass(frozen=True)
class Message:
    """What is sent to a person."""

    title: str
    text: str
    level: Level


def message(
    notices: Sequence[Notice], counts: Mapping[NoticeKind, int], public_url: str
) -> Message:
    """One message of all: `notices` are the first, `counts` are of all, these too."""
    levels = {_LEVELS[kind] for kind in counts}
    level = next(each for each in _WORST_FIRST if each in levels)
    total = sum(counts.values())
    if total == 1:
        [notice] = notices
        lines = [text(notice), link(notice, public_url)]
        return Message(title(notice), "\n".join(filter(None, lines)) or title(notice), level)
    lines = [_line(notice, public_url) for notice in notices[:LISTED]]
    if total > len(lines):
        lines.append(f"and {total - len(lines):,} more")
    words = ", ".join(
        f"{counts[kind]:,} {_COUNTED.get(kind, kind)}" for kind in NoticeKind if kind in counts
    )
    return Message(f"{total:,} events: {words}", "\n".join(lines), level)


def title(notice: Notice) -> str:
    """`Run 12 "ols digits s0" finished`."""
    return _words(notice)[0]


def text(notice: Notice) -> str:
    """What else there is to say; may be empty."""
    return _words(notice)[1]


def link(notice: Notice, public_url: str) -> str:
    """Where it can be seen; empty where the lab's address is not known."""
    if not public_url:
        return ""
    if notice.run_id is not None:
        return f"{public_url}/runs/{notice.run_id}"
    if notice.experiment_id is not None:
        return f"{public_url}/experiments/{notice.experiment_id}"
    return f"{public_url}/workers"


def _line(notice: Notice, public_url: str) -> str:
    return f"{title(notice)} {link(notice, public_url)}".rstrip()


def _words(notice: Notice) -> tuple[str, str]:
    kind = NoticeKind(notice.kind)
    if "counts" in notice.data:
        return _experiment(notice)
    return _SAID[kind](notice, notice.data)


def _run(notice: Notice) -> str:
    owner = notice.data.get("owner")
    own = f"{notice.run_id} “{notice.data['name']}”{f' ({owner})' if owner else ''}"
    if "experiment" not in notice.data:
        return f"Run {own}"
    return f"Experiment {notice.experiment_id} “{notice.data['experiment']}”: run {own}"


def _finished(notice: Notice, data: Mapping[str, Any]) -> tuple[str, str]:
    last, best = data.get(ACCURACY), data.get(f"{ACCURACY}_best")
    accuracy = "" if last is None else f"Validation top-1 {100 * last:.1f}%"
    if accuracy and best is not None:
        accuracy += f", at best {100 * best:.1f}%"
    return f"{_run(notice)} finished", accuracy


def _failed(verb: str) -> Callable[[Notice, Mapping[str, Any]], tuple[str, str]]:
    def words(notice: Notice, data: Mapping[str, Any]) -> tuple[str, str]:
        where = f" after epoch {data['epoch']} of {data['epochs']}" if data["epoch"] else ""
        lines = [data["error"]]
        if "experiment" in data:
            lines.append("You hear of the experiment's other runs when it has ended.")
        return f"{_run(notice)} {verb}{where}", "\n".join(filter(None, lines))

    return words


def _stale(notice: Notice, data: Mapping[str, Any]) -> tuple[str, str]:
    if data.get("queued_again"):
        after = "It is queued again and resumes from its last checkpoint."
        return f"{_run(notice)}: its worker stopped responding", after
    return f"{_run(notice)} is stale", f"Its loop has not reported since {data['heard_at']}."


def _no_worker(_: Notice, data: Mapping[str, Any]) -> tuple[str, str]:
    runs = "1 run waits" if data["queued"] == 1 else f"{data['queued']:,} runs wait"
    heard = data["heard_at"]
    last = f"The last worker reported at {heard}." if heard else "No worker has reported yet."
    return f"No worker is online and {runs}", last


def _disk(_: Notice, data: Mapping[str, Any]) -> tuple[str, str]:
    what = "Delete runs, keep fewer checkpoints, or set OLS_DATA_DIR to a larger disk."
    return (
        f"Only {data['free'] / 1e9:.1f} GB are free on {data['host']}",
        f"{data['folder']}: {what}",
    )


_SAID = {
    NoticeKind.FINISHED: _finished,
    NoticeKind.FAILED: _failed("failed"),
    NoticeKind.DIVERGED: _failed("diverged"),
    NoticeKind.STALE: _stale,
    NoticeKind.NO_WORKER: _no_worker,
    NoticeKind.DISK: _disk,
}


def _experiment(notice: Notice) -> tuple[str, str]:
    """How its runs ended, and which failed."""
    counts: dict[str, int] = notice.data["counts"]
    name = f"Experiment {notice.experiment_id} “{notice.data['experiment']}”"
    if set(counts) == {RunState.FINISHED}:
        number = counts[RunState.FINISHED]
        return (
            f"{name} finished",
            "Its run finished." if number == 1 else f"All {number:,} runs finished.",
        )
    # What is still paused is what a search gave up.
    given_up = {RunState.PAUSED: "given up"}
    words = [f"{counts[s]:,} {given_up.get(s, s)}" for s in RunState if counts.get(s)]
    failed = [f"run {run['id']} “{run['name']}”" for run in notice.data["failed"]]
    more = counts.get(RunState.FAILED, 0) - len(failed)
    if more > 0:
        failed.append(f"{more:,} more")
    lines = [notice.data["problem"], f"Failed: {', '.join(failed)}" if failed else ""]
    return f"{name} has ended: {', '.join(words)}", "\n".join(filter(None, lines))
