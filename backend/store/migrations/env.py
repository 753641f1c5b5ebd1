"""Alembic's entry point. backend.store.database.migrate hands it an open transaction.

A new migration: copy the newest file in versions/, raise `revision` and database.REVISION,
write upgrade() with op.*; tests/backend/store/test_migrations.py compares it with the models.
"""

from __future__ import annotations

from alembic import context

from backend.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can roll back its DDL too, since we begin the transaction ourselves.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
