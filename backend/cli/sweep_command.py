"""`python -m backend sweep`: submits an experiment to the configured database.

It writes what `POST /api/experiments` would. The web service need not be running.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from backend.api.new_experiment import NewExperiment
from backend.cli.sweep_arguments import add_arguments, body
from backend.core.celery_queue import nudge_slots
from backend.core.settings import Settings
from backend.store.database import connect, migrate
from backend.store.errors import SchemaMismatch, Unreachable
from ols.errors import SpecError
from ols.spec.errors import field_errors


def parse_arguments(words: Sequence[str]) -> NewExperiment:
    """The experiment that a command line means; raises SpecError."""
    parser = argparse.ArgumentParser(prog="python -m backend sweep")
    add_arguments(parser)
    return _experiment(parser.parse_args(words))


def submit(config: Settings, given: argparse.Namespace) -> int:
    """Submits, prints the experiment's address; the exit status."""
    try:
        new = _experiment(given)
        migrate(config.resolved_database_url)
        database = connect(config.resolved_database_url)
        with database.write() as session:
            experiment = new.submit(session)
        database.dispose()
    except SpecError as error:
        for field in error.fields:
            print(f"{field.path}: {field.message}", file=sys.stderr)
        return 2
    except (SchemaMismatch, Unreachable) as error:
        print(error, file=sys.stderr)
        return 1
    nudge_slots(config, experiment["runs"])
    what = "a search" if experiment["search"] else f"{experiment['runs']:,} runs queued"
    print(f"experiment {experiment['id']}, {experiment['name']}: {what}")
    print(f"http://{config.host}:{config.port}/experiments/{experiment['id']}")
    return 0


def _experiment(given: argparse.Namespace) -> NewExperiment:
    try:
        return NewExperiment.model_validate(body(given))
    except ValidationError as error:
        raise SpecError(field_errors(error)) from None
