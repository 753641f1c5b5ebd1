"""A lab's database and client, as the backend's tests have them."""

from tests.backend.conftest import client, config, database

__all__ = ["client", "config", "database"]
