"""Five runs of three settings, as the store gives them."""

from __future__ import annotations

from typing import Any

from ols.spec.run_spec import RunSpec


def run(number: int, method: Any, top1: float | None, seed: int = 0) -> dict[str, Any]:
    """A finished run with its last validation accuracy; the best was a point higher."""
    spec = RunSpec.parse({"method": method, "seed": seed}).model_dump(mode="json")
    summary = {"val_top1": {"last": top1, "best": top1 + 0.01, "best_epoch": 7}} if top1 else {}
    name = spec["method"]["name"]
    return {
        "id": number, "name": f"run {number}", "method": name, "spec": spec, "summary": summary,
        "state": "finished", "eval_on": "test",
    }  # fmt: skip


RUNS = [
    run(1, "hard", 0.5),
    run(2, "hard", 0.7, seed=1),
    run(3, "ols", 0.8),
    run(4, "ols", None, seed=1),
    run(5, {"name": "ols", "alpha": 0.9}, 0.6),
]
