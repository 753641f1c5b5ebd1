"""A run of your own training loop: what it logs is kept first and sent by a thread.

No method of it raises, whatever it is given and whatever becomes of the lab: a loop that has
trained for days must not end because of its tracker. What is wrong is said once, as a warning of
the logger `ols.client`.
"""

from __future__ import annotations

import atexit
import json
import logging
import multiprocessing.util
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from io import BytesIO
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import numpy as np

from ols.client import checks
from ols.client.connection import Connection
from ols.client.delivery import Delivery
from ols.client.sender import Sender
from ols.client.spool import Kind, Spool
from ols.client.values import array, number
from ols.errors import LabError

logger = logging.getLogger("ols.client")

ORIGIN_SECONDS = 10.0  # that a flush and the end of a run wait for git
FLUSH_SECONDS = 60.0  # that the end of a run waits for the lab while it answers

P = ParamSpec("P")
T = TypeVar("T")


def _never_raises(method: Callable[P, None]) -> Callable[P, None]:
    """What goes wrong in it is said once."""

    @wraps(method)
    def guarded(*arguments: P.args, **named: P.kwargs) -> None:
        try:
            method(*arguments, **named)
        except Exception as error:
            run: Any = arguments[0]
            run.warn(f"{method.__name__}: {error}", f"{method.__name__}() left out: {error}")

    return guarded


class LoggedRun:
    """One run; made by `Lab.run`. As a context manager it ends with the block."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        body: dict[str, Any],
        origin: Callable[[], Mapping[str, Any]] | None = None,
    ):
        """`connect` gives a connection of this process's own; `origin`, asked in a thread, says
        where the run comes from."""
        self.name: str | None = body.get("name")
        self.key: str = body["key"]
        self.lost = 0  # points that the spool could not take
        self._connect, self._body = connect, body
        self._attached = False  # to a run that another process or object will end
        self._finished = False
        self._lost_reason = "no folder can be written"
        self._warned: set[str] = set()
        self._quoted: dict[str, str] = {}  # a metric's name as JSON, once it was checked
        self._origin = threading.Thread(target=self._say_origin, args=(origin,), daemon=True)
        self._begin()
        self._origin.start()

    def _begin(self) -> None:
        """Opens a spool of this process's own and starts its sender."""
        self._lock = threading.RLock()
        self._spool: Spool | None = None
        self._sender: Sender | None = None
        self._forked = False
        self._connection = self._connect()
        try:
            self._spool = Spool(self._body, self._connection.address.url)
        except OSError as error:
            self.warn("spool", f"the run {self.name!r} can't be logged: {error}")
            return
        delivery = Delivery(self._spool.folder, self._body, self._connection, self.warn)
        self._sender = Sender(self._spool, delivery, self.warn)
        _open_runs.add(self)

    @property
    def id(self) -> int | None:
        """The run's number; None until the lab has answered (`flush` waits for that)."""
        return self._sender.delivery.run_id if self._sender else None

    @property
    def url(self) -> str | None:
        """The address of the run's page; None until the lab has answered."""
        return None if self.id is None else f"{self._connection.address.url}/runs/{self.id}"

    @property
    def lab_url(self) -> str:
        return self._connection.address.url

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody pressed Cancel on the run's page: a loop that looks can stop."""
        return bool(self._sender and self._sender.delivery.cancel_requested)

    @property
    def refused(self) -> int:
        """How many records the lab refused, each kind said once as a warning."""
        return self._sender.delivery.refused if self._sender else 0

    def log(
        self,
        metrics: Mapping[str, Any] | None = None,
        /,
        *,
        epoch: int | None = None,
        step: int | None = None,
        **named: Any,
    ) -> None:
        """Keeps metrics of an epoch or of a step, both from 0 on; returns at once.

        `run.log(epoch=3, val_top1=0.81)`, or with names that Python does not allow,
        `run.log({"val/top1": 0.81}, step=700)`. Values are numbers or tensors of one value; NaN
        and infinity are kept as gaps. The same point again replaces the first.
        """
        try:  # no decorator, closure or encoder here: a step pays for each of them
            axis, place = checks.place(epoch, step)
            if metrics and named:
                metrics = {**metrics, **named}
            if cells := self._cells(metrics or named):
                point = f'{{"{axis}":{place},"time":{time.time()!r},"metrics":{{{cells}}}}}'
                self._keep(Spool.append, Kind.POINT, point)
        except Exception as error:
            self.warn(f"log: {error}", f"log() left out: {error}")

    def _cells(self, metrics: Mapping[str, Any]) -> str:
        """The members of a JSON object; what can't be one is left out and said."""
        cells = []
        for name, value in metrics.items():
            try:
                quoted = self._quoted.get(name)
                if quoted is None:
                    quoted = self._quoted[name] = json.dumps(checks.metric_name(name))
                measured = number(value)
                cells.append(f"{quoted}:{'null' if measured is None else repr(measured)}")
            except (TypeError, ValueError) as error:
                self.warn(f"metric {name!s:.200}", f"the metric {name!r:.60} is left out: {error}")
        return ",".join(cells)

    @_never_raises
    def log_matrix(self, kind: str, matrix: Any, *, epoch: int) -> None:
        """Keeps a (k, k) matrix of an epoch, k at most 1,024, e.g. `soft_labels` or `confusion`.

        A kind is lower case letters, digits and underscores. k may not change within a run. NaN
        stays NaN. float64 is sent as such, any other type as float32.
        """
        values = checks.square(array(matrix))
        buffer = BytesIO()
        np.save(buffer, values, allow_pickle=False)
        record = {"kind": checks.matrix_kind(kind), "epoch": checks.place(epoch, None)[1]}
        self._keep(Spool.append_file, Kind.MATRIX, record, buffer.getvalue(), ".npy")

    @_never_raises
    def log_samples(self, class_number: int, image: Any) -> None:
        """Keeps a strip of a class's thumbnails for the class panel: bytes of a PNG or WebP, or the
        path of such a file; at most 1 MB."""
        content, suffix = checks.image(image)
        record = {"class": checks.place(class_number, None)[1]}
        self._keep(Spool.append_file, Kind.SAMPLES, record, content, suffix)

    @_never_raises
    def finish(self, state: str = "finished", error: str | None = None) -> None:
        """Ends the run as `finished`, `failed` or `cancelled`, and sends what is left.

        Waits for the lab for at most a minute, and not at all where it does not answer: `ols sync`
        sends the rest later.
        """
        body = {"state": checks.final_state(state), **({"error": error} if error else {})}
        self._origin.join(ORIGIN_SECONDS)
        with self._lock:
            if self._finished:
                return
            self._finished = True
        _open_runs.discard(self)
        self._close(None if self._attached else body)

    def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Sends what was logged so far and waits for it; whether the lab has everything."""
        self._origin.join(min(seconds, ORIGIN_SECONDS))
        sender = self._sender
        return bool(sender and sender.flush(seconds) and not self._report_lost(sender))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self.finish("cancelled" if self.cancel_requested else "finished")
        else:
            self.finish(*end_by(error))

    def __repr__(self) -> str:
        where = self.url or "not sent yet"
        return f"<LoggedRun {self.name or self.key!r}: {where}>"

    def warn(self, kind: str, text: str) -> None:
        """Says a kind of trouble once per run."""
        if kind not in self._warned:
            self._warned.add(kind)
            logger.warning("%s", text)

    def detach(self) -> None:
        """Sends what is left and closes the spool; the run continues elsewhere, under its key."""
        self._attached = True
        self.finish()

    def _keep(self, append: Callable[..., None], *record: Any) -> None:
        """Appends to the spool, or counts what it could not take."""
        with self._lock:
            if self._finished:
                self.warn("finished", f"the run {self.name!r} has ended: log() is ignored")
                return
            if self._forked:
                self._begin_in_child()
            try:
                if self._spool is not None:
                    append(self._spool, *record)
                    return
            except OSError as error:
                self._lost_reason = error.strerror or str(error)
            self.lost += 1
        self.warn("lost", f"points are lost, the spool can't be written: {self._lost_reason}")

    @_never_raises
    def _say_origin(self, origin: Callable[[], Mapping[str, Any]] | None) -> None:
        """git may take a second: the loop does not wait for it."""
        if origin is None:
            return
        record = json.dumps(origin())
        with self._lock:
            if self._spool is not None and not self._finished:
                self._spool.append(Kind.ORIGIN, record)

    def _begin_in_child(self) -> None:
        """A forked process that logs has a spool of its own; the run's end is its parent's."""
        self._attached = True
        self._begin()
        # multiprocessing's children skip atexit.
        multiprocessing.util.Finalize(None, self.flush, exitpriority=10)

    def _close(self, end: dict[str, str] | None) -> None:
        sender, spool = self._sender, self._spool
        if sender is None or spool is None:
            return
        if end is not None:
            with suppress(OSError):  # of a full disk: it is sent all the same, below
                spool.append(Kind.FINISH, json.dumps(end))
        sent = self.flush() and (end is None or sender.end(end))
        sender.stop()
        if sent:
            spool.remove()
        else:
            spool.close()
            logger.warning("not everything of %s is sent: `ols sync` sends it later", self.name)
        self._connection.close()

    def _report_lost(self, sender: Sender) -> int:
        """Tells the lab what was lost; the number of points that it does not know of."""
        if not self.lost:
            return 0
        try:
            sender.delivery.report_lost(self.lost, self._lost_reason)
        except LabError as error:
            self.warn("lost number", f"the lab does not know of {self.lost} lost points: {error}")
            return self.lost
        return 0

    def _forget(self) -> None:
        """In a forked child: lets go of the parent's spool, lock and thread."""
        if self._spool is not None:
            self._spool.close_in_child()
        self._spool = self._sender = None
        self._forked = True
        self._lock = threading.RLock()


def end_by(error: BaseException) -> tuple[str, str]:
    """State and text of a run that an exception ended."""
    if isinstance(error, KeyboardInterrupt):
        return "cancelled", ""
    return "failed", "".join(traceback.format_exception_only(error)).strip()


_open_runs: set[LoggedRun] = set()


def open_runs() -> list[LoggedRun]:
    """The runs of this process that have not ended."""
    return list(_open_runs)


def _in_child() -> None:
    for run in open_runs():
        run._forget()
    _open_runs.clear()


def _at_exit() -> None:
    """Ends the runs that are still open as the script ends: by its exception, if by one."""
    # A notebook keeps the last cell's exception there, which is not why its kernel stops.
    error = None if hasattr(sys, "ps1") or in_notebook() else getattr(sys, "last_value", None)
    for run in open_runs():
        run.finish(*(end_by(error) if error is not None else ("finished",)))


def in_notebook() -> bool:
    return "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None


os.register_at_fork(after_in_child=_in_child)
atexit.register(_at_exit)
