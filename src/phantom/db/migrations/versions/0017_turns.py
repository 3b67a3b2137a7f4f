"""What followed each iteration, and which changes of the agent it saw."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("iterations", sa.Column("turn", sa.JSON(), nullable=True))
    op.add_column(
        "iterations", sa.Column("switches", sa.JSON(), server_default="[]", nullable=False)
    )
