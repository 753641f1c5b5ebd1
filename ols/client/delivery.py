"""Sends one spool to the lab: creates the run, then its records in order, many points per request.

An answer that was lost does no harm: the run is created by its key, and a point that is sent again
replaces itself. What the lab refuses for good is counted, said once and left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from ols.client import spool
from ols.client.connection import Connection
from ols.client.spool import Kind
from ols.errors import LabRefused, LabUnreachable

MOST_POINTS = 10_000  # that a request may hold
_NOT_SIGNED_IN = frozenset({401, 403})
_LOST = " before they could be sent."
_IMAGE_TYPES = {".png": "image/png", ".webp": "image/webp"}

Warn = Callable[[str, str], None]  # the kind of trouble, which is said once, and the text


class Delivery:
    """What is on its way from one spool. Not thread-safe: its owner holds a lock."""

    def __init__(self, folder: Path, run: dict[str, Any], connection: Connection, warn: Warn):
        self.folder = folder
        self.sent = spool.read_sent(folder)
        self.answer: dict[str, Any] = {}  # the run as the lab created it
        self.cancel_requested = False
        self.ended = False  # the lab takes nothing more: it knows the end, or the run is gone
        self.refused = 0
        self._run, self._connection, self._warn = run, connection, warn

    @property
    def run_id(self) -> int | None:
        return self.sent.run_id

    def send(self) -> bool:
        """Sends the next 4 MiB or less of records; whether there were any.

        Raises LabUnreachable where trying later may help; nothing is left out then.
        """
        if not self.answer:
            self._create()
        records = spool.lines(self.folder, self.sent.offset)
        for kind, group in groupby(records, key=lambda line: chr(line[0])):
            same = list(group)
            if kind == Kind.POINT:
                for first in range(0, len(same), MOST_POINTS):
                    part = same[first : first + MOST_POINTS]
                    self._post_points(part)
                    self._advance(part)
            else:
                for line in same:
                    counts = kind not in (Kind.FINISH, Kind.ORIGIN)
                    self._attempt(counts, lambda line=line: self._send_one(line))  # type: ignore[misc]
                    self._advance([line])
        return bool(records)

    def beat(self) -> None:
        """Says that the loop is alive, and learns whether it is to stop."""
        self._post_points([])

    def report_lost(self, count: int, reason: str) -> None:
        """Leaves the number of points that the spool could not take on the run, in its notes."""
        path = f"/api/runs/{self.run_id}"
        notes = self._connection.get(path)["notes"]
        kept = [line for line in notes.splitlines() if not line.endswith(_LOST)]
        lost = "1 point was" if count == 1 else f"{count:,} points were"
        kept.append(f"{lost} lost ({reason}){_LOST}")
        self._connection.request("PATCH", path, json={"notes": "\n".join(kept)})

    def finish(self, body: dict[str, Any]) -> None:
        """Ends the run. A run that has ended already stays as it is."""
        self._connection.post(f"/api/runs/{self.run_id}/finish", body)

    def _create(self) -> None:
        """A field that the lab refuses is left out: what was measured is worth more than a name."""
        body = dict(self._run)
        while True:
            try:
                answer = self._connection.post("/api/runs/logged", body)
                break
            except LabRefused as refusal:
                named = {field.path.partition(".")[0] for field in refusal.fields} - {"key"}
                if not named & set(body):
                    raise LabUnreachable(f"the lab does not take the run: {refusal}") from refusal
                body = {name: value for name, value in body.items() if name not in named}
                self._warn("run", f"left out of the run: {refusal}")
        self.answer = answer
        self.cancel_requested = bool(answer.get("cancel_requested"))
        self.sent = replace(self.sent, run_id=answer["id"])
        spool.write_sent(self.folder, self.sent)

    def _advance(self, records: list[bytes]) -> None:
        self.sent = replace(self.sent, offset=self.sent.offset + sum(map(len, records)))
        spool.write_sent(self.folder, self.sent)

    def _post_points(self, records: list[bytes]) -> None:
        """Of a refused request each half is tried, down to the points that are at fault."""
        body = b'{"points":[' + b",".join(line[1:-1] for line in records) + b"]}"

        def post() -> None:
            answer = self._connection.post_packed(f"/api/runs/{self.run_id}/log", body)
            self.cancel_requested = bool(answer.get("cancel_requested"))

        def again(refusal: LabRefused) -> bool:
            if any(field.path.endswith(".time") for field in refusal.fields):
                self._warn("time", f"this machine's clock is wrong: {refusal}")
                self._post_points([_without_time(record) for record in records])
                return True
            middle = len(records) // 2
            for half in (records[:middle], records[middle:]) if middle else ():
                self._post_points(half)
            return middle > 0

        self._attempt(len(records), post, again)

    def _attempt(
        self,
        count: int,
        request: Callable[[], None],
        again: Callable[[LabRefused], bool] = lambda refusal: False,
    ) -> None:
        """Makes a request for `count` records unless the run has ended; counts what is refused and
        what `again` can't send in another way."""
        if self.ended:
            self.refused += count
            return
        try:
            request()
        except LabRefused as refusal:
            if refusal.status in _NOT_SIGNED_IN:
                raise LabUnreachable(str(refusal)) from refusal
            self.ended = refusal.status in (404, 409)  # deleted, or ended by someone else
            if not self.ended and again(refusal):
                return
            self.refused += count
            self._warn("refused", f"the lab refused a part of run {self.run_id}: {refusal}")

    def _send_one(self, record: bytes) -> None:
        kind, body = Kind(chr(record[0])), json.loads(record[1:])
        if kind == Kind.FINISH:
            self.finish(body)
            self.ended = True
            return
        if kind == Kind.ORIGIN:
            self._put_origin(record[1:])
            return
        path = self.folder / body["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            self._warn("file", f"a file of run {self.run_id} is gone from the spool: {error}")
            return
        if kind == Kind.MATRIX:
            target = f"/api/runs/{self.run_id}/matrices/{body['kind']}/{body['epoch']}"
            self._connection.put(target, content, "application/x-npy")
        else:
            target = f"/api/runs/{self.run_id}/samples/{body['class']}"
            self._connection.put(target, content, _IMAGE_TYPES[path.suffix])
        path.unlink(missing_ok=True)

    def _put_origin(self, record: bytes) -> None:
        """An older lab does not know it: 404 says nothing of the run."""
        path = f"/api/runs/{self.run_id}/origin"
        try:
            self._connection.put(path, record, "application/json")
        except LabRefused as refusal:
            if refusal.status in _NOT_SIGNED_IN:
                raise
            self._warn("origin", f"the lab does not keep where run {self.run_id} comes from")


def _without_time(record: bytes) -> bytes:
    """The point as measured when the lab receives it."""
    point = json.loads(record[1:])
    point.pop("time", None)
    return f"{Kind.POINT}{json.dumps(point)}\n".encode()
