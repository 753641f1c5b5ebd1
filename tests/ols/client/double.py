"""A lab in this process that keeps the contract of logged runs, for tests of the client alone."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from io import BytesIO

import httpx
import numpy as np

from ols.client import Lab

URL = "http://lab.test"
Refuse = Callable[[httpx.Request], httpx.Response | None]


def refusal(status: int, message: str = "no") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": "refused", "message": message}})


class LabDouble:
    """Answers as the lab does; `refuse` may answer first, `requests` counts all."""

    def __init__(self) -> None:
        self.runs: dict[str, dict] = {}
        self.points: dict[tuple, float | None] = {}  # (run, axis, place, name): the last one stays
        self.received = 0  # points, with those that came twice
        self.matrices: dict[tuple, np.ndarray] = {}
        self.samples: dict[tuple, bytes] = {}
        self.requests: list[str] = []
        self.refuse: Refuse = lambda request: None

    def lab(self) -> Lab:
        return Lab(URL, "", transport=httpx.MockTransport(self.answer))

    def run(self, number: int = 1) -> dict:
        return next(run for run in self.runs.values() if run["id"] == number)

    def series(self, name: str, axis: str = "epoch", run: int = 1) -> dict[int, float | None]:
        return {p[2]: v for p, v in self.points.items() if (p[0], p[1], p[3]) == (run, axis, name)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.requests.append(f"{request.method} {path}")
        if (refused := self.refuse(request)) is not None:
            return refused
        if path == "/api/runs/logged":
            return self._create(json.loads(request.content))
        number, action = re.fullmatch(r"/api/runs/(\d+)(/.*)?", path).groups()
        run = self.run(int(number))
        if request.method == "PUT":
            return self._put(run, action, request.content)
        if action == "/log" and request.method == "POST":
            return self._log(run, json.loads(gzip.decompress(request.content)))
        if action == "/cancel":
            run["cancel_requested"] = True
        elif action == "/finish":
            body = json.loads(request.content)
            run.update(state=body["state"], error={"message": body.get("error")})
        elif request.method == "PATCH":
            run.update(json.loads(request.content))
        return httpx.Response(200, json=run)

    def _create(self, body: dict) -> httpx.Response:
        known = body["key"] in self.runs
        new = {"id": len(self.runs) + 1, "state": "running", "notes": "", "cancel_requested": False}
        run = self.runs.setdefault(body["key"], {**new, **body})
        if run["state"] in ("failed", "cancelled"):
            run["state"] = "running"
        return httpx.Response(200 if known else 201, json=run)

    def _log(self, run: dict, body: dict) -> httpx.Response:
        if run["state"] != "running":
            return refusal(409, "the run has ended")
        for point in body["points"]:
            self.received += 1
            axis = "epoch" if "epoch" in point else "step"
            for name, value in point["metrics"].items():
                self.points[run["id"], axis, point[axis], name] = value
        cancel = run["cancel_requested"]
        return httpx.Response(
            200, json={"accepted": len(body["points"]), "cancel_requested": cancel}
        )

    def _put(self, run: dict, action: str, content: bytes) -> httpx.Response:
        _, what, *rest = action.split("/")
        if what == "origin":
            run["origin"] = json.loads(content)
        elif what == "samples":
            self.samples[run["id"], int(rest[0])] = content
        else:
            self.matrices[run["id"], rest[0], int(rest[1])] = np.load(BytesIO(content))
        return httpx.Response(201, json={})
