"""What the heatmap player starts from: which frames there are, and the strongest pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from backend.core.run_states import FINAL
from backend.matrix.frames import PREVIEW
from backend.pages.contexts.run import Pair
from backend.store import matrices
from backend.store.errors import NotFound

PAIRS = 8

KINDS = {
    "soft_labels": "Soft labels",
    "val_probs": "Mean validation softmax",
    "confusion": "Confusion (validation)",
}


def kind_titles(methods: Sequence[str]) -> dict[str, str]:
    """Soft labels are the statistic that OLS learns, whatever the run's method."""
    titles = dict(KINDS)
    if set(methods) - {"ols"}:
        only = "" if "ols" not in methods else ", other methods"
        titles["soft_labels"] = f"Soft labels (what OLS would learn{only})"
    return titles


def player_run(session: Session, run: Mapping[str, Any]) -> dict[str, Any]:
    """One run's frames, as soft-label-player.js takes them."""
    return {
        "id": run["id"],
        "name": run["name"],
        "method": run["method"],
        "dataset": run["dataset"],
        "classes": run["classes"] or [],
        "epochs": run["progress"]["epochs"],
        "live": run["state"] not in FINAL,
        "matrices": matrices.listing(session, run["id"]),
    }


def first_frame(player: Mapping[str, Any], address: Mapping[str, str]) -> str:
    """The address of the frame that the page's script will ask for first, so that it can be on its
    way before the script is; empty where the page's own address leaves that to the script."""
    run, kind = player["runs"][0], player["kind"]
    stored = next((item for item in run["matrices"] if item["kind"] == kind), None)
    if stored is None or any(name in address for name in ("epoch", "order", "zoom")):
        return ""
    small = stored["k"] > PREVIEW and kind != "confusion"  # as frame-store.js has it
    query = f"v={stored['versions'][-1]}" + ("&preview=1" if small else "")
    return f"/api/runs/{run['id']}/matrices/{kind}/{stored['epochs'][-1]}?{query}"


def strongest_pairs(
    session: Session, run_id: int, kind: str, epoch: int | None = None
) -> list[Pair]:
    """The largest entries off the diagonal of the epoch's matrix (the last one's if None)."""
    stored = matrices.versions(session, run_id, kind)
    if not stored:
        return []
    chosen = epoch if epoch in [item.epoch for item in stored] else stored[-1].epoch
    assert chosen is not None
    try:
        values = matrices.frame(session, run_id, kind, chosen).decode().astype(np.float64)
    except NotFound:  # forgotten since, by an attempt that began anew
        return []
    return pairs_of(values, counts=kind == "confusion")


def pairs_of(values: np.ndarray, *, counts: bool = False) -> list[Pair]:
    """The PAIRS largest entries off the diagonal, largest first; counts become shares of a row."""
    if counts:
        values = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    values = values.copy()
    np.fill_diagonal(values, -1)
    order = np.argsort(-values, axis=None, kind="stable")[:PAIRS]
    places = [divmod(int(place), values.shape[1]) for place in order]
    return [Pair(i, j, float(values[i, j])) for i, j in places if values[i, j] > 0]
