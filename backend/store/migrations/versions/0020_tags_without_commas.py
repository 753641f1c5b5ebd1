"""A comma separates tags wherever they are given: a tag that holds one becomes several."""

import sqlalchemy as sa
from alembic import op

from backend.store.folding import fold

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_tags = sa.table("run_tags", *map(sa.column, ("run_id", "tag", "folded")))


def upgrade() -> None:
    """What is searched (run_texts) holds the parts already, in the same words."""
    connection = op.get_bind()
    with_comma = sa.select(_tags).where(_tags.c.tag.contains(","))
    for run_id, tag, _ in connection.execute(with_comma).all():
        of_run = _tags.c.run_id == run_id
        connection.execute(sa.delete(_tags).where(of_run, _tags.c.tag == tag))
        has = set(connection.scalars(sa.select(_tags.c.folded).where(of_run)))
        for part in filter(None, map(str.strip, tag.split(","))):
            if fold(part) not in has:
                has.add(fold(part))
                values = {"run_id": run_id, "tag": part, "folded": fold(part)}
                connection.execute(sa.insert(_tags).values(values))


def downgrade() -> None:
    pass
