"""A search whose settings have trained, or were given up, without any training."""

from __future__ import annotations

import math
from typing import Any

from backend.store import claims, experiments
from backend.store.database import Database
from ols.spec.sweep import Sweep
from tests.support import factories as make
from worker import searching

BODY: dict[str, Any] = {
    "spec": {"dataset": "digits", "epochs": 9, "eval_on": "holdout"},
    "grid": {
        "method": ["hard", "ols"],
        "method.alpha": {"low": 0, "high": 1},
        "optimizer.lr": {"low": 0.001, "high": 1, "log": True},
    },
    "search": "tpe",
    "pruner": "asha",
    "budget": {"runs": 40},
}


def accuracy(spec: dict[str, Any]) -> float:
    """Best with OLS at alpha 0.3 and a learning rate of 0.03."""
    method = spec["method"]
    off = 0.3 if method["name"] == "hard" else abs(method["alpha"] - 0.3) / 2
    return max(0.05, 0.95 - off - 0.1 * abs(math.log10(spec["optimizer"]["lr"] / 0.03)))


def search(database: Database, settings: int = 40, **changes: Any) -> int:
    """Its number. One worker with two slots is online."""
    make.heartbeat(database, "searcher", ["cpu", "cpu"])
    body = BODY | {"budget": {"runs": settings}} | changes
    with database.write() as session:
        number = experiments.submit(session, Sweep.parse(body), name="alpha and lr").id
    while True:
        searching.step(database, number)
        with database.write() as session:
            held = claims.claim_next(session, worker="searcher", slot=0, lease_seconds=30)
        if held is None:
            return number
        _train(database, held, number)


def _train(database: Database, held: claims.Claim, number: int) -> None:
    rungs = searching.rungs(database, held)
    epochs = held.spec["epochs"]
    for epoch in range(1, epochs + 1):
        top1 = accuracy(held.spec) * (0.6 + 0.4 * epoch / epochs)
        last = {"test_top1": top1 - 0.02} if epoch == epochs else {}
        make.record(database, held, epoch, epochs=epochs, val_top1=top1, **last)
        if epoch in rungs:
            searching.step(database, number)
        with database.write() as session:
            if claims.renew(session, held, 30) == "pause":
                claims.paused(session, held)
                return
    with database.write() as session:
        claims.finish(session, held)
