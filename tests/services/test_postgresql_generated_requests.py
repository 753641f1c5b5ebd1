"""Requests made from `/openapi.json` once more, on PostgreSQL, which an invalid one does not reach;
where it might, tests/services/test_postgresql_odd_values.py has it."""

from __future__ import annotations

from schemathesis import GenerationMode
from schemathesis.python.asgi import ASGIClient
from schemathesis.schemas import BaseSchema

from tests.backend.api.test_generated_requests import (  # noqa: F401
    ask_each_operation,
    lab,
    pytestmark,
    schema,
    test_sequences_of_requests,
)


def test_valid_requests_of_each_operation(lab: ASGIClient, schema: BaseSchema) -> None:  # noqa: F811
    ask_each_operation(lab, schema, GenerationMode.POSITIVE)
