"""Folded copies of what is searched; texts sort by bytes on PostgreSQL as they do on SQLite."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import VARCHAR

from backend.store.folding import fold, fold_rare
from backend.store.run_index import text_row

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BATCH = 500
_runs = sa.table("runs", *map(sa.column, ("id", "name", "notes")))
_tags = sa.table("run_tags", *map(sa.column, ("run_id", "tag", "folded")))
_fields = sa.table("run_fields", *map(sa.column, ("run_id", "path", "text", "folded")))
_experiments = sa.table("experiments", *map(sa.column, ("id", "name", "folded_name")))


def _sorted_text(length: int | None = None) -> sa.String:
    plain = sa.String(length) if length else sa.Text()
    return plain.with_variant(VARCHAR(length, collation="C"), "postgresql")


def upgrade() -> None:
    texts = op.create_table(
        "run_texts",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", _sorted_text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["runs.id"],
            name=op.f("fk_run_texts_run_id_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_texts")),
    )
    op.add_column(
        "experiments", sa.Column("folded_name", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("run_fields", sa.Column("folded", sa.Text(), nullable=True))
    _sort_by_bytes()
    connection = op.get_bind()
    _fold_tags(connection)
    _fold_columns(connection)
    _fill(connection, texts)


def _sort_by_bytes() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column, length in (
        ("runs", "method", 64),
        ("runs", "dataset", 64),
        ("runs", "state", 16),
        ("run_fields", "text", 200),
    ):
        op.alter_column(table, column, type_=VARCHAR(length, collation="C"))


def _fold_tags(connection: sa.Connection) -> None:
    """The index moves to what is looked up; of two spellings of a run's tag one stays."""
    op.drop_index("ix_run_tags_tag", "run_tags")
    op.add_column(
        "run_tags", sa.Column("folded", _sorted_text(), server_default="", nullable=False)
    )
    seen = set()
    for run_id, tag in connection.execute(sa.select(_tags.c.run_id, _tags.c.tag)).all():
        here = (_tags.c.run_id == run_id) & (_tags.c.tag == tag)
        if (key := (run_id, fold(tag))) in seen:
            connection.execute(sa.delete(_tags).where(here))
            continue
        seen.add(key)
        connection.execute(sa.update(_tags).where(here).values(folded=key[1]))
    op.create_index("ix_run_tags_folded", "run_tags", ["folded"])


def _fold_columns(connection: sa.Connection) -> None:
    for name in connection.scalars(sa.select(_experiments.c.name).distinct()).all():
        named = _experiments.c.name == name
        connection.execute(sa.update(_experiments).where(named).values(folded_name=fold(name)))
    for text in connection.scalars(sa.select(_fields.c.text).distinct()).all():
        if (folded := fold_rare(text)) is not None:
            here = _fields.c.text == text
            connection.execute(sa.update(_fields).where(here).values(folded=folded))


def _fill(connection: sa.Connection, texts: sa.Table) -> None:
    """The runs that are there, some hundred at a time."""
    last = 0
    while True:
        query = sa.select(_runs).where(_runs.c.id > last).order_by(_runs.c.id).limit(BATCH)
        rows = connection.execute(query).all()
        if not rows:
            return
        first, last = rows[0].id, rows[-1].id
        tags: dict[int, list[str]] = {}
        for run_id, folded in connection.execute(
            sa.select(_tags.c.run_id, _tags.c.folded).where(_tags.c.run_id.between(first, last))
        ):
            tags.setdefault(run_id, []).append(folded)
        op.bulk_insert(
            texts, [text_row(row.id, row.name, row.notes, tags.get(row.id, ())) for row in rows]
        )
