"""Requests made from `/openapi.json`, alone and in sequences: every answer is one it describes.

Schemathesis makes valid and invalid ones. None may be answered with a server's error; status,
headers and content must be named for the operation and fit the schema. What is valid is asked of
PostgreSQL, too (tests/services). Left out are event streams, which do not end, and whether a valid
request is taken: conditions, orders and specs have rules that no schema tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, CheckFunction, GenerationMode, Response
from schemathesis.python.asgi import ASGIClient, get_client
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    negative_data_rejection,
)
from sqlalchemy import text

from backend.app import create_app
from backend.core.settings import Settings
from backend.store.database import Database
from backend.store.tables import Base
from tests.backend.conftest import ADDRESS
from tests.backend.contract import description
from tests.support import factories as make

# `make soak`: fresh seeds, 25 times as many.
pytestmark = [pytest.mark.hypothesis, pytest.mark.slow]

EXAMPLES = settings.default.max_examples
PER_OPERATION = {GenerationMode.POSITIVE: EXAMPLES // 10, GenerationMode.NEGATIVE: EXAMPLES // 20}
SEQUENCES = EXAMPLES // 4
STEPS = 8

CONFIG = schemathesis.Config.from_dict({"checks": {"positive_data_acceptance": {"enabled": False}}})
SUBMISSION = {"spec": {"method": "ols", "dataset": "digits"}}
# Most generated names are nothing's.
EXISTING = {
    "run_id": 1, "experiment_id": 1, "kind": "soft_labels", "epoch": 1, "row": 1, "number": 1,
    "name": "w",
}  # fmt: skip


@pytest.fixture
def schema() -> BaseSchema:
    loaded = schemathesis.openapi.from_dict(deepcopy(description()), config=CONFIG)
    return loaded.exclude(path_regex="/events$")


@pytest.fixture
def lab(config: Settings, database: Database) -> Iterator[ASGIClient]:
    """A lab with something of everything, as Schemathesis speaks to it.

    Its own client, since ours refuses addresses that a server must be able to take.
    """
    app = create_app(config)
    client = get_client(app)
    fill(database, client)
    yield client
    app.state.database.dispose()


def fill(database: Database, client: ASGIClient) -> None:
    """A finished run, an experiment of two, a worker; with the same numbers each time."""
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != "lab":
                session.execute(table.delete())
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("DELETE FROM sqlite_sequence"))
        else:
            for name in session.scalars(text("SELECT sequencename FROM pg_sequences")):
                session.execute(text(f"ALTER SEQUENCE {name} RESTART"))
    make.trained(database, epochs=2, k=3)
    make.heartbeat(database, "w")
    sweep = {"name": "e", "spec": {"method": "ols"}, "grid": {"seed": [0, 1]}}
    assert client.post(f"{ADDRESS}/api/experiments", json=sweep).status_code == 201


def budget(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        database=None,
        phases=[Phase.generate],  # a request that fails is short enough to be read as it is
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_requests_of_each_operation(
    lab: ASGIClient, schema: BaseSchema, mode: GenerationMode
) -> None:
    ask_each_operation(lab, schema, mode)


def ask_each_operation(lab: ASGIClient, schema: BaseSchema, mode: GenerationMode) -> None:
    faults = []
    for result in schema.get_all_operations():
        operation = result.ok()
        named = {
            one.name: EXISTING[one.name]
            for one in operation.path_parameters
            if one.name in EXISTING
        }
        on_existing = named and operation.method != "delete"
        if on_existing:
            faults += _faults(lab, operation, mode, named)
        if mode is GenerationMode.POSITIVE or not on_existing:
            faults += _faults(lab, operation, mode)
    assert not faults, "\n\n".join(faults)


def _faults(
    lab: ASGIClient,
    operation: APIOperation,
    mode: GenerationMode,
    path_parameters: dict[str, Any] | None = None,
) -> list[str]:
    faults = []

    @budget(PER_OPERATION[mode])
    @given(operation.as_strategy(mode, path_parameters=path_parameters))
    def ask(case: Case) -> None:
        try:
            answer = case.call(ADDRESS, lab)
            case.validate_response(answer, excluded_checks=excluded(case))
        except (AssertionError, BaseExceptionGroup) as fault:
            faults.append(f"{operation.label}: {fault}")

    try:
        ask()
    except Unsatisfiable:  # an operation that takes nothing can't be asked wrongly
        assert mode is GenerationMode.NEGATIVE
    return faults


def excluded(case: Case) -> list[CheckFunction]:
    """In a query all is text: a number where a name is due is that name. And what stands below a
    new run, such as its sample images, is there once it has been trained."""
    return [negative_data_rejection, ensure_resource_availability] if case.method == "GET" else []


def test_sequences_of_requests(lab: ASGIClient, schema: BaseSchema, database: Database) -> None:
    class Sequence(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            fill(database, lab)

        def before_call(self, case: Case) -> None:
            if case.operation.label == "POST /api/runs":
                case.body = SUBMISSION  # a generated spec is hardly ever valid, and nothing follows

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"base_url": ADDRESS, "session": lab}

        def validate_response(self, answer: Response, case: Case, **_: Any) -> None:
            case.validate_response(answer, excluded_checks=excluded(case), recorder=self.recorder)

    Sequence.run(settings=budget(SEQUENCES))
