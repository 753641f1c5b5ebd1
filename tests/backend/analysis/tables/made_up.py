"""Runs as JSON with made-up results."""

from __future__ import annotations

from typing import Any

from ols.spec.run_spec import RunSpec


def run(number: int, method: str, top1: float | None, **spec: Any) -> dict[str, Any]:
    """One finished run; `spec` holds further fields, `rate` the noise."""
    rate = spec.pop("rate", 0.0)
    noise = {"kind": "symmetric", "rate": rate} if rate else {"kind": "none"}
    parsed = RunSpec.parse({"method": method, "dataset": "glyphs", "noise": noise, **spec})
    summary = {} if top1 is None else {"val_top1": {"last": top1, "best": top1 + 0.01}}
    return {
        "id": number,
        "spec": parsed.model_dump(mode="json"),
        "method": parsed.method.name,
        "dataset": parsed.dataset.name,
        "noise_rate": parsed.noise.rate,
        "parent": None,
        "summary": summary,
    }


def experiment(results: dict[str, list[float]], **spec: Any) -> list[dict[str, Any]]:
    """For each method a run a seed."""
    return [
        run(100 * column + seed, method, top1, seed=seed, **spec)
        for column, (method, values) in enumerate(results.items(), start=1)
        for seed, top1 in enumerate(values)
    ]
