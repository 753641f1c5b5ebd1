"""A lab, from Python: log runs of your own loops, submit runs, read every number back."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from io import BytesIO, StringIO
from itertools import islice
from typing import Any, Literal

import httpx
import numpy as np
from numpy.typing import NDArray

from ols.client import checks
from ols.client.address import address
from ols.client.connection import Connection
from ols.client.logged_run import LoggedRun, in_notebook, logger, open_runs
from ols.client.remote_run import RemoteRun
from ols.client.tables import Rows, Runs
from ols.provenance.masking import masked_values
from ols.provenance.origin import stated_origin

_PAGE = 500  # runs per request, the most that the lab gives


class Lab:
    """One lab's server.

    `url` and `token` default to OLS_URL and OLS_TOKEN, then to what `ols login` stored, then to
    this machine's port 8000 without a token. Nothing is asked before it is needed. Raises LabError
    where `url` is no address; its methods raise LabRefused and LabUnreachable, except `run`.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._address = address(url, token)
        self._transport = transport
        self.connection = self._connect()

    @property
    def url(self) -> str:
        return self._address.url

    def run(
        self,
        name: str | None = None,
        *,
        config: Any = None,
        classes: Sequence[str] | None = None,
        key: str | None = None,
        experiment: str | None = None,
        tags: Iterable[str] = (),
        notes: str | None = None,
        method: str | None = None,
        dataset: str | None = None,
        model: str | None = None,
        epochs: int | None = None,
        better: Mapping[str, Literal["min", "max"]] | None = None,
        code: bool | None = None,
    ) -> LoggedRun:
        """A run of your own loop; returns at once and never raises, whatever the lab does.

        `config` is what the runs table shows, filters and groups by: a mapping, a dataclass or
        argparse's namespace. `classes` are the names of a matrix's rows. The same `key` again
        continues that run, so a script that is restarted goes where it stopped. `experiment` is one
        more tag, by which its runs are filtered and compared. `better` says of a metric whether
        less or more is better, where its name does not.

        The run says where it comes from: git commit, command, host, Python and packages; `code`
        adds the changes of tracked files since the commit (OLS_RECORD_CODE=1 does so for all
        runs). What is named like a token, key, secret or password is masked before it is sent, in
        these and in `config`.
        """
        body = {
            "name": name,
            "config": _config(config),
            "classes": None if classes is None else [str(each) for each in classes],
            "tags": [*tags, *([experiment] if experiment else [])] or None,
            "notes": notes,
            "method": method,
            "dataset": dataset,
            "model": model,
            "epochs": epochs,
            "better": None if better is None else dict(better),
        }
        body = {field: value for field, value in body.items() if value is not None}
        _end_former(self.url, name, key)
        # Its own key makes a run that is created twice, after a lost answer, one run.
        body["key"] = key or secrets.token_hex(16)
        return LoggedRun(self._connect, body, partial(stated_origin, code))

    def submit(
        self,
        spec: Mapping[str, Any] | Any,
        *,
        name: str | None = None,
        tags: Iterable[str] = (),
        priority: int = 0,
    ) -> RemoteRun:
        """Queues a run that a worker of the lab trains; `spec` is a mapping or a RunSpec."""
        fields = spec if isinstance(spec, Mapping) else spec.model_dump(mode="json")
        body = {"name": name, "tags": list(tags), "priority": priority, "spec": dict(fields)}
        return RemoteRun(self.connection, self.connection.post("/api/runs", body))

    def get(self, run_id: int) -> RemoteRun:
        """A run by its number."""
        return RemoteRun(self.connection, self.connection.get(f"/api/runs/{run_id}"))

    def runs(
        self,
        *,
        where: str | Sequence[str] = (),
        state: str | Sequence[str] = (),
        method: str | Sequence[str] = (),
        dataset: str | Sequence[str] = (),
        owner: str | Sequence[str] = (),
        tag: str | Sequence[str] = (),
        experiment: int | Sequence[int] = (),
        q: str = "",
        archived: bool = False,
        sort: str = "-id",
        limit: int | None = None,
    ) -> Runs:
        """The runs that all filters let through, as the runs table filters them; newest first.

        `where` holds conditions like `spec.method.alpha>=0.5`, `config.lr<0.1` or
        `val_top1.best>0.8`; several values of another filter mean any of them. The lab is asked
        when the runs are looked at, so what it refuses is raised there.
        """
        filters = {
            "where": where,
            "state": state,
            "method": method,
            "dataset": dataset,
            "owner": owner,
            "tag": tag,
            "experiment": experiment,
            "q": q,
            "archived": archived,
            "sort": sort,
        }

        def load() -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = []
            cursor = None
            while limit is None or len(rows) < limit:
                size = _PAGE if limit is None else min(_PAGE, limit - len(rows))
                page = self.connection.get("/api/runs", limit=size, cursor=cursor, **filters)
                rows += page["runs"]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            return rows

        def table() -> bytes:
            content = self.connection.request("GET", "/api/runs.csv", params=filters).content
            return content if limit is None else _first_rows(content, limit)

        return Runs(load, table)

    def metrics(self, runs: int | Iterable[int], *, names: Sequence[str] = ()) -> Rows:
        """The metrics of some runs in long form: run, name, epoch, step, time, value."""
        numbers = [runs] if isinstance(runs, int) else list(runs)
        asked = {"runs": ",".join(map(str, numbers)), "names": ",".join(names), "format": "json"}
        return Rows(lambda: list(self.connection.get("/api/metrics", **asked)))

    def matrix(self, run_id: int, kind: str, epoch: int) -> NDArray[np.float32]:
        """The matrix of an epoch, float32 (k, k); row = target or true class."""
        path = f"/api/runs/{run_id}/matrices/{kind}/{epoch}"
        answer = self.connection.request("GET", path, params={"format": "npy"})
        matrix: NDArray[np.float32] = np.load(BytesIO(answer.content), allow_pickle=False)
        return matrix

    def _connect(self) -> Connection:
        return Connection(self._address, self._transport)

    def __repr__(self) -> str:
        return f"<Lab {self.url}>"


def _config(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    try:
        masked: dict[str, Any] = masked_values(checks.config(given))
        return masked
    except (TypeError, ValueError) as error:
        logger.warning("the run's config is left out: %s", error)
        return {}


def _end_former(url: str, name: str | None, key: str | None) -> None:
    """A notebook's cell that is run again replaces the run that it began before.

    With the same key that run continues, so the former object only lets go of it; without one the
    former run is finished, in a notebook, where nothing else would end it.
    """
    for run in open_runs():
        if run.lab_url != url:
            continue
        if run.key == key:
            run.detach()
        elif key is None and name is not None and run.name == name and in_notebook():
            run.finish()


def _first_rows(table: bytes, count: int) -> bytes:
    """Head and first rows of a CSV, whose cells may hold line ends."""
    rows = csv.reader(StringIO(table.decode(), newline=""))
    text = StringIO(newline="")
    csv.writer(text).writerows(islice(rows, count + 1))
    return text.getvalue().encode()
