"""What the heatmap player starts from: which frames there are, and the strongest pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from sqlalchemy.orm import Session

from backend.core.run_states import FINAL
from backend.matrix.frames import PREVIEW
from backend.schemas.matrices import MatrixList
from backend.schemas.runs import RunDetail
from backend.server.addresses import url
from backend.store import matrices

FEW_CLASSES = 20  # which a reader knows by their places


class Order(TypedDict):
    """In which order classes stand: `epoch` is the one whose order it is, None where none is."""

    name: str
    epoch: int | None


BY_INDEX: Order = {"name": "index", "epoch": None}

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


def player_data(
    runs: Sequence[dict[str, Any]], kind: str, kinds: Mapping[str, str]
) -> dict[str, Any]:
    """What a page hands to its player; each run as `player_run` has it."""
    order = usual_order(runs[0], kind) if runs else BY_INDEX
    return {"runs": list(runs), "kind": kind, "kinds": dict(kinds), "order": order}


def usual_order(run: Mapping[str, Any], kind: str) -> Order:
    """Where the address names none: clustered, where the classes are too many to know by their
    places and few enough for their frames to be played whole.

    The order is that of the newest epoch once the run has ended; until then of the newest power of
    two, so that rows seldom move."""
    stored = _stored(run, kind)
    if stored is None or not FEW_CLASSES < stored["k"] <= PREVIEW or stored["epochs"][-1] < 1:
        return BY_INDEX
    newest = stored["epochs"][-1]
    until = 2 ** (newest.bit_length() - 1) if run["live"] else newest
    learned = [epoch for epoch in stored["epochs"] if epoch]  # epoch 0 is what was given
    epochs = [epoch for epoch in learned if epoch <= until] or learned[:1]
    return {"name": "cluster", "epoch": epochs[-1]}


def first_answers(player: Mapping[str, Any], address: Mapping[str, str]) -> list[str]:
    """The addresses of the order and the frame that the page's script will ask for first, so that
    they can be on their way before the script is; none where the page's own address leaves that to
    the script."""
    run, kind, order = player["runs"][0], player["kind"], player["order"]
    stored = _stored(run, kind)
    if stored is None or any(name in address for name in ("epoch", "order", "zoom")):
        return []
    small = stored["k"] > PREVIEW and kind != "confusion"  # as frame-store.js has it
    query = f"v={stored['versions'][-1]}" + ("&preview=1" if small else "")
    here = url(f"/api/runs/{run['id']}")
    frame = f"{here}/matrices/{kind}/{stored['epochs'][-1]}?{query}"
    if order == BY_INDEX:
        return [frame]
    return [f"{here}/orders?kind={kind}&epoch={order['epoch']}", frame]


def _stored(run: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    return next((item for item in run["matrices"] if item["kind"] == kind), None)
