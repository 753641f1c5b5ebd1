"""`/metrics` for Prometheus: the lab's state, read from the database when it is asked for."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from typing import Literal

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from backend.api.media import TEXT, media
from backend.api.params import Config, Db, LiveTail
from backend.core.settings import Settings
from backend.schemas.workers import WorkerDetail
from backend.server.instruments import Instruments
from backend.server.late_routes import Router
from backend.store import workers
from backend.store.database import Database
from backend.store.errors import Unreachable
from backend.store.vitals import Vitals, vitals

log = logging.getLogger("ols.web")
router = Router(tags=["system"])

_DEVICE = ("worker", "slot", "device")
_READINGS: dict[Literal["memory_used", "memory_total", "utilization"], tuple[str, str]] = {
    "memory_used": ("ols_device_memory_used_bytes", "Memory in use on a slot's device."),
    "memory_total": ("ols_device_memory_bytes", "Memory of a slot's device."),
    "utilization": ("ols_device_utilization_ratio", "How busy a slot's device is, 0 to 1."),
}


@router.get("/metrics", response_class=Response, responses=media("text/plain", schema=TEXT))
def metrics(request: Request, database: Db, config: Config, tail: LiveTail) -> Response:
    """The lab's state and this process's own counts, in Prometheus' text format."""
    instruments: Instruments = request.app.state.instruments
    text = generate_latest(instruments.registry)
    text += generate_latest(_State(_families(database, config, tail.viewers)))
    return Response(
        text, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )


class _State(Collector):
    """Families that were made already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(database: Database, config: Settings, viewers: int) -> list[Metric]:
    own = [
        GaugeMetricFamily("ols_event_streams", "Open event streams of this process.", viewers),
        GaugeMetricFamily("ols_data_free_bytes", "Room in the data folder.", _free(config)),
    ]
    try:
        with database.read() as session:
            lab, machines = vitals(session), workers.listing(session)
    except (SQLAlchemyError, Unreachable) as error:
        log.error("the metrics lack the database: %s", error)
        return [*own, GaugeMetricFamily("ols_database_up", "Whether the database answers.", 0)]
    up = GaugeMetricFamily("ols_database_up", "Whether the database answers.", 1)
    return [*own, up, *_of_runs(lab), *_of_workers([one for one in machines if one["online"]])]


def _of_runs(lab: Vitals) -> Iterable[Metric]:
    runs = GaugeMetricFamily("ols_runs", "Runs in each state.", labels=["state"])
    for state, number in lab.runs.items():
        runs.add_metric([state], number)
    yield runs
    ends = CounterMetricFamily("ols_attempts", "Attempts by how they ended.", labels=["outcome"])
    for outcome, number in lab.attempts.items():
        ends.add_metric([outcome], number)
    yield ends
    waited = "How long the run has waited that is queued the longest."
    yield GaugeMetricFamily("ols_queue_oldest_seconds", waited, lab.oldest_seconds)
    yield GaugeMetricFamily("ols_files_bytes", "Checkpoints and logs of runs.", lab.disk_bytes)


def _of_workers(online: list[WorkerDetail]) -> Iterable[Metric]:
    yield GaugeMetricFamily("ols_workers", "Workers that are online.", len(online))
    age = GaugeMetricFamily(
        "ols_worker_heartbeat_age_seconds",
        "Seconds since a worker's last report.",
        labels=["worker"],
    )
    busy = GaugeMetricFamily("ols_slot_busy", "Whether a slot trains a run.", labels=_DEVICE)
    readings = {
        name: GaugeMetricFamily(metric, text, labels=_DEVICE)
        for name, (metric, text) in _READINGS.items()
    }
    for worker in online:
        age.add_metric([worker["name"]], worker["heartbeat_age_seconds"])
        for slot in worker["slots"]:
            labels = [worker["name"], str(slot["index"]), slot["device"]]
            busy.add_metric(labels, int(slot["run_id"] is not None))
            for name, family in readings.items():
                if (value := slot.get(name)) is not None:
                    family.add_metric(labels, value)
    yield from (age, busy, *readings.values())


def _free(config: Settings) -> int:
    try:
        return shutil.disk_usage(config.data_dir).free
    except OSError:
        return 0
