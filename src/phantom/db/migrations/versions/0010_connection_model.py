"""The model that a connection asks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("agent_connections", sa.Column("model", sa.String(length=200), nullable=True))


def downgrade() -> None:
    """Back to 0007; every connection asks its type's default model again."""
    op.drop_column("agent_connections", "model")
