"""A lab with people, for tests: their tokens, and clients that send them."""

from __future__ import annotations

from backend.core.actor import Role
from backend.core.settings import Settings
from backend.store import people
from backend.store.database import Database
from tests.backend.conftest import ADDRESS
from tests.backend.contract import TestClient

ROLES = {"anna": Role.ADMIN, "mia": Role.MEMBER, "max": Role.MEMBER, "vera": Role.VIEWER}


def add_people(database: Database) -> dict[str, str]:
    """An admin, two members and a viewer; each one's headers, by name."""
    with database.write() as session:
        tokens = {
            name: people.add(session, name, role, has_admin=False) for name, role in ROLES.items()
        }
    return {name: f"Bearer {token}" for name, token in tokens.items()}


def visitor(config: Settings) -> TestClient:
    """A client that nobody has told anything."""
    from backend.app import create_app

    return TestClient(create_app(config), base_url=ADDRESS, follow_redirects=False)
