"""Custom presets, and which configuration and preset a task ran under."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only additions, so that both databases take them in place."""
    op.create_table(
        "hrm_presets",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("icon", sa.String(length=50), nullable=False),
        sa.Column("color", sa.String(length=20), nullable=False),
        sa.Column("visibility", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hrm_presets")),
        sa.UniqueConstraint("created_by", "name", name=op.f("uq_hrm_presets_created_by_name")),
    )
    op.add_column("hrm_configs", sa.Column("preset_id", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column(
        "hrm_configs",
        sa.Column("temporary", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("tasks", sa.Column("hrm_config_id", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column("tasks", sa.Column("hrm_preset_id", sa.Uuid(as_uuid=False), nullable=True))
    op.create_index("ix_tasks_hrm_preset_id", "tasks", ["hrm_preset_id"], unique=False)


def downgrade() -> None:
    """Back to 0001; custom presets are lost."""
    op.drop_index("ix_tasks_hrm_preset_id", table_name="tasks")
    with op.batch_alter_table("tasks") as tasks:
        tasks.drop_column("hrm_preset_id")
        tasks.drop_column("hrm_config_id")
    with op.batch_alter_table("hrm_configs") as configs:
        configs.drop_column("temporary")
        configs.drop_column("preset_id")
    op.drop_table("hrm_presets")
