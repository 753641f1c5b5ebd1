"""What the heatmap player starts from: which frames there are, and the strongest pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.core.run_states import FINAL
from backend.matrix.frames import PREVIEW
from backend.schemas.matrices import MatrixList
from backend.schemas.runs import RunDetail
from backend.server.addresses import url
from backend.store import matrices

KINDS = {
    "soft_labels": "Soft labels",
    "val_probs": "Mean validation softmax",
    "confusion": "Confusion (validation)",
}

# What a run with label noise has beside them; one matrix each, not one per epoch.
NOISE_KINDS = {
    "noise_transition": "Label noise (given labels per true class)",
    "noise_joint": "Audit: given and estimated true labels",
}


def kind_titles(methods: Sequence[str | None]) -> dict[str, str]:
    """Soft labels are the statistic that OLS learns, whatever the run's method."""
    titles = dict(KINDS)
    if set(methods) - {"ols"}:
        only = "" if "ols" not in methods else ", other methods"
        titles["soft_labels"] = f"Soft labels (what OLS would learn{only})"
    return titles


def run_kinds(run: RunDetail, stored: Sequence[MatrixList]) -> dict[str, str]:
    """The matrices that a run's player offers: the usual ones, and what else a loop has sent."""
    sent = [item["kind"] for item in stored]
    if run["spec"] is not None:
        return kind_titles([run["method"]]) | {
            kind: title for kind, title in NOISE_KINDS.items() if kind in sent
        }
    titles = {kind: KINDS.get(kind, kind.replace("_", " ")) for kind in sent}
    return titles or {"soft_labels": KINDS["soft_labels"]}


def player_run(session: Session, run: RunDetail) -> dict[str, Any]:
    """One run's frames, as soft-label-player.js takes them."""
    return {
        "id": run["id"],
        "name": run["name"],
        "method": run["method"],
        "source": run["source"],
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
    return url(f"/api/runs/{run['id']}/matrices/{kind}/{stored['epochs'][-1]}?{query}")
