"""Whose repositories may bring configuration that is code."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "projects",
        sa.Column("trusted", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
