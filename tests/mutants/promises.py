"""The thirteen promises that a user must be able to trust, each with a test that holds it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PROMISES = (
    Mutant(
        "an accepted run is in the database before anybody is told of it",
        "backend/api/runs.py",
        "    background.add_task(nudge, config)  # after the commit; a broker that is down delays"
        " nobody\n    return Json(answer, 201",
        "        nudge(config)\n    return Json(answer, 201",
        "tests/backend/api/test_runs.py::test_the_nudge_comes_after_the_commit",
    ),
    Mutant(
        "a run whose worker was killed is queued again",
        "backend/store/leases.py",
        "ended = self.ended(leases)",
        "ended = dict.fromkeys(self.ended({}), None)",
        "tests/worker/test_janitor.py::test_a_run_whose_worker_fell_silent_is_queued_and_nudged",
    ),
    Mutant(
        "a worker that lost its run writes nothing over its successor",
        "backend/store/claims.py",
        "[Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == RunState.RUNNING]",
        "[Run.id == claim.run_id, Run.state == RunState.RUNNING]",
        "tests/backend/store/test_transitions.py::test_only_the_holder_ends_a_run",
    ),
    Mutant(
        "a resumed run is bit-identical to an uninterrupted one",
        "ols/training/trainer.py",
        'self._order.set_state(state["rng"]["order"])',
        "pass",
        "tests/ols/training/test_trainer.py::test_resume_is_bit_identical",
    ),
    Mutant(
        "a fork without a change is bit-identical to its parent",
        "ols/training/fork.py",
        'return {"state": kept, "param_groups": own}',
        'return {"state": {}, "param_groups": own}',
        "tests/ols/training/test_fork.py::test_a_fork_without_a_change_is_its_parent_to_the_bit",
    ),
    Mutant(
        "the database holds what the trainer computed, to the frame's stated precision",
        "backend/matrix/frames.py",
        "_STEP = -math.log(SMALLEST) / 65534",
        "_STEP = -math.log(SMALLEST) / 60000",
        "tests/backend/matrix/test_frames.py::"
        "test_the_error_is_the_stated_one_over_the_whole_range",
    ),
    Mutant(
        "the page shows what the database holds",
        "backend/pages/run/matrix_table.py",
        "for row in scaled.tolist()]",
        "for row in scaled.T.tolist()]",
        "tests/backend/pages/run/test_matrix_table.py::test_every_cell_of_the_matrix_is_there",
    ),
    Mutant(
        "another host's name is not answered",
        "backend/server/security.py",
        'if _name(headers.get("host", "")) not in self.hosts:',
        "if False:",
        "tests/backend/server/test_security.py::test_only_our_own_names_are_answered",
    ),
    Mutant(
        "another site's tab changes nothing",
        "backend/server/security.py",
        'if scope["method"] not in SAFE_METHODS and not _same_origin(headers):',
        "if False:",
        "tests/backend/server/test_security.py::test_another_sites_tab_changes_nothing",
    ),
    Mutant(
        "nothing beyond loopback without a token",
        "backend/server/door.py",
        'if address.startswith("/") or is_loopback(address):',
        "if address:",
        "tests/backend/server/test_security.py::test_without_a_token_only_loopback_is_served",
    ),
    Mutant(
        "a viewer changes nothing",
        "backend/server/permissions.py",
        "if who.role == Role.VIEWER and not is_harmless(method, path):",
        "if False:",
        "tests/backend/server/test_door.py::test_a_viewer_gets_403_for_every_change",
    ),
    Mutant(
        "a disabled person is out in mid-session",
        "backend/store/people.py",
        "where = (Person.token_hash == token_hash, Person.disabled_at.is_(None))",
        "where = (Person.token_hash == token_hash,)",
        "tests/backend/server/test_door.py::test_a_disabled_person_is_out_in_mid_session",
    ),
    Mutant(
        "nothing unpickles what a user can send",
        "ols/training/checkpoint.py",
        "weights_only=True)\n    except",
        "weights_only=False)\n    except",
        "tests/ols/training/test_checkpoint.py::test_code_in_a_checkpoint_is_never_run",
    ),
)
