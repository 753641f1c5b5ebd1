"""Ten curves of 300 epochs as a page, and one metric of ten runs as data, beside other trackers.

    python -m benchmarks.bench_peers PYTHON

PYTHON: that of an environment with tensorboard, mlflow and aim. The baseline is each of them, with
the same data on the same machine, in turns: a browser that has nothing yet (cold), the same page
again (warm), until the ten lines of one metric are drawn; and the request by which each reads them.
Goals: the page at least twice as fast as each of them, the reading no slower.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Browser

from benchmarks.lab import Lab, chromium, lab
from benchmarks.peers_data import points
from ols.training.epoch_report import EpochReport
from tests.support.ports import free_port
from tests.support.waiting import wait_until

RUNS, EPOCHS, ROUNDS, READS = 10, 300, 3, 20
METRIC = "val_top1"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


@dataclass(frozen=True)
class Tracker:
    """`drawn`: true in the page once the ten lines stand. `read`: asks for one metric of all."""

    name: str
    page: str
    drawn: str
    read: Callable[[httpx.Client], httpx.Response] | None = None


def ours(server: Lab) -> Tracker:
    ids = []
    for run in range(RUNS):
        claim = server.claim(run, EPOCHS)
        values: dict[int, dict[str, float]] = {}
        for epoch, name, value in points(run, EPOCHS):
            values.setdefault(epoch, {})[name] = value
        for epoch, metrics in values.items():
            server.record(claim, EpochReport(epoch, EPOCHS, metrics, {}, eta_seconds=0.0))
        server.finish(claim)
        ids.append(claim.run_id)
    runs = ",".join(map(str, ids))
    lines = "document.querySelector('[data-testid=compare-chart][ready]')?.figure.lines"
    return Tracker(
        "OLS Lab",
        f"{server.address}/compare?runs={runs}&lines=runs",
        f"() => {lines}?.length === {RUNS}",
        lambda client: client.get(
            f"{server.address}/api/compare", params={"runs": runs, "names": METRIC}
        ),
    )


def tensorboard(address: str) -> Tracker:
    asked = {"requests": json.dumps([{"plugin": "scalars", "tag": METRIC}])}
    return Tracker(
        "TensorBoard",
        f"{address}/?tagFilter={METRIC}#timeseries",
        "() => document.querySelectorAll('scalar-card line-chart-axis text').length > 4"
        " && document.querySelector('scalar-card tb-data-table-content-row')",
        lambda client: client.post(
            f"{address}/experiment/defaultExperimentId/data/plugin/timeseries/timeSeries",
            files={name: (None, value) for name, value in asked.items()},
        ),
    )


def mlflow(address: str) -> Tracker:
    return Tracker(
        "MLflow",
        f"{address}/#/experiments/0/runs?compareRunsMode=CHART",
        "() => [...document.querySelectorAll('.js-plotly-plot')]"
        f".some((plot) => plot.querySelectorAll('.scatterlayer .trace').length >= {RUNS})",
    )


def aim(address: str) -> Tracker:
    option = {
        "label": METRIC, "group": METRIC, "type": "metrics", "color": "#E149A0", "key": METRIC,
        "value": {"option_name": METRIC, "context": None},
    }  # fmt: skip
    select = {"options": [option], "query": "", "advancedMode": False, "advancedQuery": ""}
    written = urllib.parse.quote(json.dumps(select, separators=(",", ":")), safe=":,")
    state = "O-" + base64.b64encode(written.encode()).decode()
    return Tracker(
        "Aim",
        f"{address}/metrics?select={urllib.parse.quote(state)}",
        f"() => document.querySelectorAll('path.Line').length >= {RUNS}",
    )


@contextmanager
def peers(python: str) -> Iterator[list[Tracker]]:
    """The servers of the other trackers with their data."""
    programs = Path(python).parent
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        trackers = []
        for name, command, page in (
            ("tensorboard", ["tensorboard", "--logdir", "."], tensorboard),
            ("mlflow", ["mlflow", "server", "--backend-store-uri", "sqlite:///mlflow.db"], mlflow),
            ("aim", ["aim", "up", "--host", "127.0.0.1"], aim),
        ):
            own = Path(folder) / name
            own.mkdir()
            environment = {**os.environ, **QUIET}
            if name == "aim":
                subprocess.run([programs / "aim", "init", "-s"], cwd=own, check=True)
            writer = [python, str(Path(__file__).with_name("peers_data.py")), name, str(own)]
            subprocess.run([*writer, str(RUNS), str(EPOCHS)], check=True, env=environment)
            port = free_port()
            server = subprocess.Popen(
                [str(programs / command[0]), *command[1:], "--port", str(port)],
                cwd=own,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            servers.callback(os.killpg, server.pid, 15)
            address = f"http://127.0.0.1:{port}"
            wait_until(partial(answers, address), otherwise=f"{address} does not answer")
            trackers.append(page(address))
        yield trackers


def answers(address: str) -> bool:
    """Whether the server does."""
    with suppress(httpx.HTTPError):
        return httpx.get(address, timeout=5).status_code < 500
    return False


def visits(browser: Browser, tracker: Tracker) -> tuple[float, float]:
    """Milliseconds until the lines stand, in a browser that has nothing yet and then again."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    times = []
    for _ in range(2):
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(tracker.page, wait_until="commit")
        page.wait_for_function(tracker.drawn)
        times.append(page.evaluate("performance.now()"))
        page.close()
    context.close()
    return times[0], times[1]


def reading(tracker: Tracker) -> list[float]:
    """Milliseconds of each reading of one metric of all runs, on one connection."""
    times = []
    with httpx.Client(timeout=60) as client:
        for _ in range(READS + 2):
            began = time.perf_counter()
            assert tracker.read is not None
            tracker.read(client).raise_for_status()
            times.append(1000 * (time.perf_counter() - began))
    return times[2:]


def main() -> None:
    with lab() as server, peers(sys.argv[1]) as others, chromium() as browser:
        trackers = [ours(server), *others]
        taken: dict[str, list[tuple[float, float]]] = {each.name: [] for each in trackers}
        read: dict[str, list[float]] = {each.name: [] for each in trackers if each.read}
        for _ in range(ROUNDS):
            for each in trackers:
                taken[each.name].append(visits(browser, each))
                if each.read:
                    read[each.name] += reading(each)
        print(f"load {os.getloadavg()[0]:.1f}; {RUNS} curves of {EPOCHS} epochs, {ROUNDS} rounds")
        first = [min(column) for column in zip(*taken["OLS Lab"], strict=True)]
        for name, times in taken.items():
            cold, warm = (min(column) for column in zip(*times, strict=True))
            print(
                f"  {name}: cold {cold:.0f} ms ({cold / first[0]:.1f}x ours), "
                f"warm {warm:.0f} ms ({warm / first[1]:.1f}x)"
            )
        for name, durations in read.items():
            print(
                f"  {name}: one metric of {RUNS} runs p50 {median(durations):.1f} ms, "
                f"fastest {min(durations):.1f} ms"
            )


if __name__ == "__main__":
    main()
