"""The sums over all days, as rows of their own."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_EVER = date.min


def upgrade() -> None:
    """Go forward."""
    rollups = sa.Table("rollups", sa.MetaData(), autoload_with=op.get_bind())
    keys = {"day", "project_id", "agent"}
    figures = [column for column in rollups.columns if column.name not in keys]
    added_up = sa.select(
        sa.literal(_EVER, sa.Date()),
        rollups.c.project_id,
        rollups.c.agent,
        *(sa.cast(sa.func.sum(column), sa.BigInteger()) for column in figures),
    ).group_by(rollups.c.project_id, rollups.c.agent)
    names = ["day", "project_id", "agent", *(column.name for column in figures)]
    op.execute(rollups.insert().from_select(names, added_up))
