"""What a task asks its user: which agent goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("tasks", sa.Column("question", sa.JSON(), nullable=True))
