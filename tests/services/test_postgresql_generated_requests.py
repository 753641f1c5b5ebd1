"""Requests made from `/openapi.json` once more, on PostgreSQL."""

from tests.backend.api.test_generated_requests import *  # noqa: F403
