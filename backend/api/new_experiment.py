"""A new experiment as the API and the command line take it, and its one way into the store."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from backend.api.params import Name, Priority, Tags, Text
from backend.schemas.experiments import ExperimentDetail, ExperimentPreview
from backend.store import experiments
from backend.store.spec_paths import differences
from backend.store.time_estimate import estimate_sweep, slots_online
from ols.spec.sweep import ExpandedSweep, Sweep, expand

SHOWN = 100  # runs of a preview

Parallel = Annotated[
    int | None, Field(strict=True, ge=1, le=1000, description="Runs at once; null: no cap.")
]


class NewExperiment(Sweep):
    """A sweep, and how its experiment is called and run."""

    name: Name | None = Field(None, description="Empty: named after what varies.")
    notes: Text = ""
    tags: Tags = Field(default_factory=list)
    parallel: Parallel = None
    priority: Priority = 0

    def sweep(self) -> Sweep:
        """The sweep alone, as it is kept."""
        return Sweep.parse(self.model_dump(include=set(Sweep.model_fields)))

    def plan(self) -> ExpandedSweep:
        """Its runs; raises SweepError."""
        return expand(self.sweep())

    def preview(self, session: Session, plan: ExpandedSweep) -> ExperimentPreview:
        """What submitting it would be; of the first SHOWN runs, in which fields they differ."""
        time = estimate_sweep(session, plan.specs, self.parallel)
        specs = [spec.model_dump(mode="json") for spec in plan.specs[:SHOWN]]
        return {
            "runs": len(plan.specs),
            "repeated": plan.repeated,
            "seconds": time.seconds,
            "at_once": time.at_once,
            "based_on": time.based_on,
            "slots": slots_online(session),
            "shown": len(specs),
            "differences": differences([{"spec": spec} for spec in specs]),
        }

    def submit(self, session: Session) -> ExperimentDetail:
        """Inserts the experiment and its queued runs; it as JSON. Raises SpecError."""
        facts = {name: getattr(self, name) for name in _FACTS}
        experiment = experiments.submit(session, self.sweep(), **facts)
        return experiments.get(session, experiment.id)


_FACTS = ("name", "notes", "tags", "parallel", "priority")
