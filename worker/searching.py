"""Looks after searches: gives up what does badly, proposes what comes next, weighs the fields.

Every janitor does it once per second, and a supervisor at the epochs at which settings are
compared, so that a run that is given up trains no epoch more. All decide on what the database says
and store it only if that is still so (backend.store.searches): who is killed leaves nothing behind.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from backend.core.run_states import ACTIVE
from backend.store import search_standing, searches
from backend.store.claims import Claim
from backend.store.database import Database
from backend.store.errors import NotFound, Unfit
from backend.store.search_standing import Standing, TrialRow
from backend.store.searches import Decisions
from ols.errors import SpecError
from ols.spec.sweep import Sweep

log = logging.getLogger("ols.worker")

ATTEMPTS = 5  # at a decision, while others decide too
FAILED = 5  # settings in a row after which a search stops
WEIGHED = 1.2  # growth of the settings that can be compared, after which they are weighed anew


def available() -> bool:
    """Whether this worker has the extra `search`; without it others look after searches."""
    return find_spec("optuna") is not None


class Searches:
    """All searches of a database, as one process looks after them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._pulses: dict[int, tuple[Any, ...]] = {}  # at the last look that decided nothing
        self._missing = not available()
        self._told = False

    def look(self) -> int:
        """Decides what is to be decided just now; how many runs were queued."""
        with self.database.read() as session:
            waiting = search_standing.unfinished(session)
            pulses = {number: search_standing.pulse(session, number) for number in waiting}
        if self._missing:
            self._tell(bool(waiting))
            return 0
        changed = [number for number in waiting if self._pulses.get(number) != pulses[number]]
        self._pulses = pulses
        queued = 0
        for number in changed:
            decided = step(self.database, number)
            if decided is not None:  # look again
                del self._pulses[number]
                queued += decided
        return queued

    def _tell(self, needed: bool) -> None:
        if needed and not self._told:
            log.warning(
                "searches wait for a worker with the extra `search`, which this one lacks: "
                "pip install 'ols-lab[search]'"
            )
        self._told = needed


def rungs(database: Database, claim: Claim) -> set[int]:
    """The epochs of a search's run at which it is compared with others; of other runs none."""
    if claim.search is None or not available():
        return set()
    with database.read() as session:
        sweep = search_standing.sweep_of(session, claim.search)
    return set(sweep.rungs(claim.spec["epochs"]))


def step(database: Database, experiment_id: int) -> int | None:
    """Decides once; how many runs were queued, or None where nothing was to be decided."""
    for _ in range(ATTEMPTS):
        with database.read() as session:
            try:
                seen = search_standing.standing(session, experiment_id)
            except NotFound:
                return None
        decisions = _decisions(seen)
        if decisions is None:
            return None
        with database.write() as session:
            queued = searches.decide(session, seen, decisions)
        if queued is not None:
            _log(seen, decisions)
            return len(queued)
    return 0  # the others will have seen to it


def _decisions(seen: Standing) -> Decisions | None:
    judged = _judged(seen)
    if seen.stopped:
        return Decisions(judged=judged, closed=seen.closed) if judged else None
    if problem := _failing(seen):
        return Decisions(judged=judged, problem=problem)
    given_up = {number for number, (_, epoch) in judged.items() if epoch is not None}
    freed = sum(
        run.state in ACTIVE
        for trial in seen.trials
        if trial.number in given_up
        for run in trial.runs
    )
    try:
        proposed, exhausted = _proposed(seen, seen.waiting - freed)
    except (SpecError, Unfit) as error:
        return Decisions(judged=judged, problem=f"No valid setting could be drawn: {error}")
    closed = exhausted and seen.waiting == freed
    shares = _importance(seen, closed)
    if not (judged or proposed or shares is not None or closed != seen.closed):
        return None
    return Decisions(judged, proposed, closed, None, shares)


def _judged(seen: Standing) -> dict[int, tuple[int, int | None]]:
    """Of settings that have come to an epoch of comparison: how many they have passed, and at
    which they are given up."""
    from ols.search.judge import gives_up

    judged: dict[int, tuple[int, int | None]] = {}
    tried = _tried(seen.sweep, seen.trials)
    for place, trial in enumerate(seen.trials):
        if trial.state != "open":
            continue
        for passed, epoch in enumerate(seen.rungs(trial), trial.rungs + 1):
            if trial.epoch < epoch:
                break
            pruned = gives_up(seen.sweep, tried, place, epoch)
            judged[trial.number] = (passed, epoch if pruned else None)
            if pruned:
                break
    return judged


def _proposed(seen: Standing, waiting: int) -> tuple[list[dict[str, Any]], bool]:
    """The next settings, as many as can be trained now; and whether there are no more."""
    from ols.search.propose import propose
    from ols.search.tried import Tried

    seeds = seen.sweep.goal.seeds
    tried = _tried(seen.sweep, seen.trials)
    proposed: list[dict[str, Any]] = []
    left = seen.runs_left
    while left >= seeds:
        if waiting >= seen.at_once:
            return proposed, False
        combination = propose(seen.sweep, tried)
        if combination is None:
            return proposed, True
        proposed.append(combination)
        tried.append(Tried(combination))
        waiting += seeds
        left -= seeds
    return proposed, not proposed


def _importance(seen: Standing, closed: bool) -> dict[str, Any] | None:
    """Anew when a fifth more can be compared, and at the end."""
    from ols.search.importance import LEAST, comparable, importance

    epoch, weighed = comparable(seen.sweep, _tried(seen.sweep, seen.trials))
    count = len(weighed)
    if count <= seen.weighed or not (closed or count >= max(LEAST, WEIGHED * seen.weighed)):
        return None
    return {"of": count, "epoch": epoch, "shares": importance(seen.sweep, weighed)}


def _tried(sweep: Sweep, trials: Sequence[TrialRow]) -> list[Any]:
    from ols.search.tried import Tried

    states = {"paused": "open", "deleted": "failed"}
    return [
        Tried(
            trial.combination,
            states.get(trial.state, trial.state),  # type: ignore[arg-type]
            trial.value(sweep),
            trial.at_rungs,
        )
        for trial in trials
    ]


def _failing(seen: Standing) -> str | None:
    """Why it should not continue, by what has ended since a user last resumed it."""
    recent = [trial for trial in seen.trials if trial.number > seen.resumed_after]
    last = [trial for trial in recent if trial.state in ("complete", "pruned", "failed")][-FAILED:]
    if len(last) == FAILED and all(trial.state == "failed" for trial in last):
        numbers = ", ".join(f"#{trial.runs[0].id}" for trial in last)
        return (
            f"The last {FAILED} settings failed or were cancelled (runs {numbers}). See why, then "
            "resume the search."
        )
    return None


def _log(seen: Standing, decisions: Decisions) -> None:
    for number, (_, epoch) in decisions.judged.items():
        if epoch is not None:
            log.info("search %d gives setting %d up at epoch %d", seen.experiment_id, number, epoch)
    if decisions.proposed:
        log.info("search %d proposes %d settings", seen.experiment_id, len(decisions.proposed))
    if decisions.problem:
        log.error("search %d stops: %s", seen.experiment_id, decisions.problem)
