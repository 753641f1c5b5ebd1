"""A new experiment as the API and the command line take it, and its one way into the store."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from backend.api.params import Name, Priority, Tags, Text
from backend.schemas.experiments import ExperimentDetail, ExperimentPreview
from backend.store import experiments
from backend.store.spec_paths import differences
from backend.store.time_estimate import SweepEstimate, estimate_sweep, slots_online
from ols.spec.sweep import (
    ExpandedSweep,
    Sweep,
    check_search,
    distinct_settings,
    example_settings,
    expand,
)

SHOWN = 100  # runs of a preview
MOST_TIMED = 500  # runs of a search that the estimate lays out one by one

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
        """Its runs, of a search examples of them; raises SweepError."""
        sweep = self.sweep()
        if not sweep.adaptive:
            return expand(sweep)
        check_search(sweep)
        return example_settings(sweep)

    def most_runs(self, plan: ExpandedSweep) -> int | None:
        """How many it may come to; None where only hours limit them."""
        if not self.adaptive:
            return len(plan.specs)
        budget = self.budget.runs if self.budget else None
        if self.search != "grid":
            return budget
        whole = self.goal.seeds * distinct_settings(self.sweep())
        return min(budget or whole, whole)

    def preview(self, session: Session, plan: ExpandedSweep) -> ExperimentPreview:
        """What submitting it would be; of the first SHOWN runs, in which fields they differ."""
        runs = self.most_runs(plan)
        time = self._time(session, plan, runs)
        specs = [spec.model_dump(mode="json") for spec in plan.specs[:SHOWN]]
        return {
            "runs": runs,
            "search": self.adaptive,
            "repeated": plan.repeated,
            "seconds": None if runs is None else time.seconds,
            "at_once": time.at_once,
            "based_on": time.based_on,
            "slots": slots_online(session),
            "shown": len(specs),
            "differences": differences([{"spec": spec} for spec in specs]),
        }

    def _time(self, session: Session, plan: ExpandedSweep, runs: int | None) -> SweepEstimate:
        """Of a search as if it ran its examples over and over, none of them given up."""
        if not self.adaptive or runs is None:
            return estimate_sweep(session, plan.specs, self.parallel)
        again = islice(cycle(plan.specs), min(runs, MOST_TIMED))
        time = estimate_sweep(session, list(again), self.parallel)
        if time.seconds is None:
            return time
        return replace(time, seconds=time.seconds * max(1, runs / MOST_TIMED))

    def submit(self, session: Session) -> ExperimentDetail:
        """Inserts the experiment and its queued runs; it as JSON. Raises SpecError."""
        facts = {name: getattr(self, name) for name in _FACTS}
        experiment = experiments.submit(session, self.sweep(), **facts)
        return experiments.get(session, experiment.id)


_FACTS = ("name", "notes", "tags", "parallel", "priority")
