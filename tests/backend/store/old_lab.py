"""A database as the lab left it at migration 0003: frames whole, no index of specs, no samples."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from backend.matrix import frames
from backend.store import database as module
from backend.store.matrix_records import CODECS

FOLDER = Path(module.__file__).parent / "migrations"
REVISION = "0003"
K = 100
RUNS = 501  # one more than migration 0007 takes at once
SPEC = {"method": {"name": "ols", "alpha": 0.5}, "dataset": {"name": "digits"}, "epochs": 1}
SUMMARY = {"val_top1": {"last": 0.25, "best": 0.5, "best_epoch": 1}}
METRICS = {"val_top1": 0.5, "val_loss": None}
# Run 2 has a rank correlation, of which the lab once called the lowest the best.
RANKS = (0.2, 0.7, 0.4)
_RANKED = {"soft_rank_confusion": {"last": 0.4, "best": 0.2, "best_epoch": 1}}

_CODES = np.random.default_rng(0).integers(0, 65536, (K, K))
# kind: version, codes as stored
FRAMES = {
    "soft_labels": ("old1", _CODES.astype(np.uint16)),
    "confusion": ("old2", _CODES.astype(np.uint32)),
}


def make(url: str) -> None:
    """RUNS finished runs at an empty database; the first has an epoch with its matrices."""
    database = module.connect(url)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.engine.execution_options(ols_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION)
        tables = sa.MetaData()
        tables.reflect(connection)
        for name, rows in _rows().items():
            connection.execute(sa.insert(tables.tables[name]), rows)
    database.dispose()


def _rows() -> dict[str, list[dict[str, Any]]]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    run = {
        **{"name": "", "notes": "", "archived": False, "priority": 0, "spec": SPEC},
        **{"method": "ols", "dataset": "digits", "model": "small_cnn", "noise_rate": 0.0},
        **{"epochs": 1, "state": "finished", "cancel_requested": False, "pause_requested": False},
        **{"attempt": 1, "stage": "", "epoch": 1, "step": 0, "steps": 0, "summary": SUMMARY},
        **{"sparkline": [0.5], "info": {}, "classes": [f"c{n}" for n in range(K)]},
        **{"val_top1_best": 0.5, "val_top1_last": 0.25, "created_at": now, "queued_at": now},
    }
    epoch = {"run_id": 1, "epoch": 1, "attempt": 1, "metrics": METRICS, "warnings": ["late"]}
    frame = {"run_id": 1, "epoch": 1, "k": K}
    return {
        "runs": [run, {**run, "summary": {**SUMMARY, **_RANKED}}, *[run] * (RUNS - 2)],
        "epochs": [{**epoch, "recorded_at": now}, *_ranked_epochs(epoch, now)],
        "matrices": [
            {
                **frame,
                **{"kind": kind, "version": version, "codec": CODECS[kind]},
                "frame": frames.pack(codes),
            }
            for kind, (version, codes) in FRAMES.items()
        ],
    }


def _ranked_epochs(epoch: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    return [
        {**epoch, "run_id": 2, "epoch": number, "recorded_at": now}
        | {"metrics": {"soft_rank_confusion": rank}}
        for number, rank in enumerate(RANKS, 1)
    ]
