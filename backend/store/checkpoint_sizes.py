"""How large a checkpoint of a run will be, by the parameters of runs with the same network."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.tables import Run
from ols.spec.run_spec import RunSpec

BYTES = 4  # of a number in fp32
LOOKED_AT = 20  # newest runs with a network of that name

# Numbers that the optimiser keeps for each parameter.
_KEPT = {"sgd": 1, "adamw": 2}


def checkpoint_bytes(session: Session, spec: RunSpec) -> int | None:
    """Weights, what the optimiser keeps, and an average of weights where there is one; None where
    no run with that network has begun here. What some methods keep of every sample comes on top."""
    query = (
        select(Run.spec, Run.info)
        .where(Run.model == spec.model.name, Run.dataset == spec.dataset.name)
        .order_by(Run.id.desc())
        .limit(LOOKED_AT)
    )
    model = spec.model.model_dump(mode="json")
    for other, info in session.execute(query):
        if other and other["model"] == model and info.get("parameters"):
            copies = 1 + _KEPT[spec.optimizer.name] + (1 if spec.ema else 0)
            return int(info["parameters"]) * copies * BYTES
    return None
