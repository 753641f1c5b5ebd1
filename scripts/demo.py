"""`make demo`: starts the lab and trains three runs on glyphs with one wrong label in five.

Hard labels, label smoothing 0.1 and OLS, the same recipe and seed. A second call continues
with the same data: existing runs are not submitted again. docs/demo.md says what to see in them.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import httpx

from scripts.services import ServiceError, Services

TAG = "demo"
METHODS: dict[str, dict[str, Any]] = {
    "demo: hard labels": {"name": "hard"},
    "demo: label smoothing": {"name": "label_smoothing", "epsilon": 0.1},
    "demo: online label smoothing": {"name": "ols", "alpha": 0.5},
}
AUDITED = "demo: online label smoothing"
ENDED = ("finished", "failed", "cancelled", "paused", "deleted")


def main() -> int:
    """Serves until Ctrl-C; 1 when a service can't start."""
    print("Starting the web service and one worker ...", flush=True)
    try:
        # All three at once: two and then one would leave a core of two idle for half of the time.
        with Services(runs=len(METHODS)) as services, services.client() as client:
            ids = submit(client)
            runs = ",".join(map(str, ids))
            print(
                "\n  Three runs on glyphs, 20% wrong labels:"
                f"\n    compare them   {services.address}/compare?runs={runs}"
                f"\n    all runs       {services.address}/\n",
                flush=True,
            )
            watch(services, client, ids)
            services.serve()
    except (ServiceError, httpx.HTTPError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. `make demo` continues with the same data.")
    return 0


def submit(client: httpx.Client) -> list[int]:
    """The ids of the demo's runs, in the order of METHODS; submits those that are missing."""
    answer = client.get("/api/runs", params={"tag": TAG, "limit": 500, "sort": "-id"})
    runs = answer.raise_for_status().json()["runs"]
    usable = {run["name"]: run["id"] for run in runs if run["state"] not in ("failed", "cancelled")}
    return [usable.get(name) or _submit_one(client, name) for name in METHODS]


def _submit_one(client: httpx.Client, name: str) -> int:
    spec = {
        "method": METHODS[name],
        "dataset": {"name": "glyphs"},
        "noise": {"kind": "symmetric", "rate": 0.2},
        "seed": 0,
    }
    answer = client.post("/api/runs", json={"name": name, "tags": [TAG], "spec": spec})
    answer.raise_for_status()
    run_id: int = answer.json()["id"]
    return run_id


def watch(services: Services, client: httpx.Client, ids: list[int]) -> None:
    """Prints a line per epoch until all runs have ended."""
    shown: dict[int, tuple[int, str]] = {}
    while True:
        services.keep_running()
        runs = {run_id: _look(client, run_id) for run_id in ids}
        for run_id, run in runs.items():
            now = (run.get("progress", {}).get("epoch", 0), run["state"])
            if shown.get(run_id) != now and now not in ((0, "queued"), (0, "unknown")):
                print(_line(run), flush=True)
            shown[run_id] = now
        if all(run["state"] in ENDED for run in runs.values()):
            print(f"\nAll done. Serving {services.address} until Ctrl-C.", flush=True)
            _name_audit(services, client, ids)
            return
        time.sleep(1)


def _name_audit(services: Services, client: httpx.Client, ids: list[int]) -> None:
    """Where the OLS run says which labels look wrong; one in five is, and the page knows which."""
    run_id = dict(zip(METHODS, ids, strict=False)).get(AUDITED)
    try:
        summary = client.get(f"/api/runs/{run_id}/audit/summary").raise_for_status().json()
    except httpx.HTTPError:  # it failed, or was cancelled
        return
    wrong = 100 * (summary["precision_at"] or {}).get("100", 0)
    print(
        f"  Which labels look wrong?  {services.address}/runs/{run_id}/audit"
        f"\n  Of the 100 most suspicious, {wrong:.0f} are truly wrong.",
        flush=True,
    )


def _look(client: httpx.Client, run_id: int) -> dict[str, Any]:
    """The run, or only a name and a state if it cannot be read."""
    try:
        answer = client.get(f"/api/runs/{run_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:  # deleted on its page
            return {"name": f"run {run_id}", "state": "deleted"}
        run: dict[str, Any] = answer.raise_for_status().json()
    except httpx.HTTPError:  # a busy machine; whether the service lives is checked elsewhere
        return {"name": f"run {run_id}", "state": "unknown"}
    return run


def _line(run: dict[str, Any]) -> str:
    if "progress" not in run:
        return f"  {run['name']:<29} {run['state']}"
    progress, top1 = run["progress"], run["summary"].get("val_top1", {}).get("last")
    ece = run["summary"].get("val_ece", {}).get("last")
    text = f"  {run['name']:<29} {run['state']:<9} {progress['epoch']:>2}/{progress['epochs']}"
    if top1 is not None and ece is not None:
        text += f"  top-1 {100 * top1:.1f}%  ECE {100 * ece:.1f}%"
    if run["error"]:
        text += f"  {run['error']['message']}"
    return text


if __name__ == "__main__":
    sys.exit(main())
