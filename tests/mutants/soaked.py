"""What the soak must see when it breaks: resume, fence, lease, requeue, and accepted runs."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SOAKED = (
    Mutant(
        "resume: checkpoints are loaded",
        "ols/training/trainer.py",
        "state = load_newest(self._folder, spec) if self._folder else None",
        "state = None",
        "embedded",
        "epochs were recorded",
    ),
    Mutant(
        "resume: the order of the images continues",
        "ols/training/trainer.py",
        'self._order.set_state(state["rng"]["order"])',
        "pass",
        "embedded",
        "has other metrics than undisturbed",
    ),
    Mutant(
        "fence: only the newest attempt writes",
        "backend/store/claims.py",
        "[Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == RunState.RUNNING]",
        "[Run.id == claim.run_id, Run.state == RunState.RUNNING]",
        "servers",
        "was taken while its successor held the run",
    ),
    Mutant(
        "lease: a killed worker's run is released",
        "backend/store/leases.py",
        "ended = self.ended(leases)",
        "ended = dict.fromkeys(self.ended({}), None)",
        "embedded",
        "still belongs to attempt",
    ),
    Mutant(
        "requeue: a worker that stops hands its run back",
        "backend/store/claims.py",
        'return release(session, held(claim), "handed back", reason)',
        "return False",
        "embedded",
        "left run",
    ),
    Mutant(
        "requeue: a released run is queued",
        "backend/store/claims.py",
        '(true(), {"state": RunState.QUEUED}),',
        '(true(), {"state": RunState.PAUSED}),',
        "servers",
        "nothing moves",
    ),
    Mutant(
        "accepted: a 201 is sent after the commit",
        "backend/api/runs.py",
        """\
    with database.write() as session:
        run = requests.submit(
            session, name=body.name, tags=body.tags, spec=body.spec, priority=body.priority
        )
        answer = runs.get(session, run.id)
    background""",
        """\
    import time
    writing = database.write()
    session = writing.__enter__()
    run = requests.submit(
        session, name=body.name, tags=body.tags, spec=body.spec, priority=body.priority
    )
    answer = runs.get(session, run.id)
    background.add_task(lambda: (time.sleep(2), writing.__exit__(None, None, None)))
    background""",
        "servers",
        "was answered 201 and is not there",
    ),
)
