"""Sums by day, project and agent; what calls were shown; tasks of a project by status."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SUMS = (
    "tasks_ended",
    "tasks_completed",
    "tasks_cancelled",
    "tasks_run",
    "run_milliseconds",
    "run_iterations",
    "tasks_charged",
    "charged_micros",
    "quality_micros",
    "quality_count",
    "coverage_micros",
    "coverage_count",
    "security_micros",
    "security_count",
    "iterations",
    "timed_milliseconds",
    "sequential_milliseconds",
    "calls",
    "calls_of_unknown_cost",
    "cost_micros",
    "tokens",
    "sent_tokens",
    "original_tokens",
    "priced_calls",
    "priced_micros",
    "priced_input",
    "priced_output",
    "priced_cache_read",
    "priced_cache_write",
)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "rollups",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("project_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("agent", sa.String(length=20), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_rollups_project_id_projects"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("day", "project_id", "agent", name=op.f("pk_rollups")),
    )
    op.create_index(op.f("ix_rollups_project_id"), "rollups", ["project_id"], unique=False)
    op.add_column("agent_calls", sa.Column("context_tokens", sa.BigInteger(), nullable=True))
    op.add_column(
        "agent_calls", sa.Column("original_context_tokens", sa.BigInteger(), nullable=True)
    )
    op.add_column("iterations", sa.Column("evaluation_seconds", sa.Float(), nullable=True))
    op.add_column("iterations", sa.Column("evaluators_seconds", sa.Float(), nullable=True))
    op.create_index(
        "ix_tasks_project_id_status_created_at_id",
        "tasks",
        ["project_id", "status", "created_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_tasks_project_id_status_created_at_id", table_name="tasks")
    op.drop_column("iterations", "evaluators_seconds")
    op.drop_column("iterations", "evaluation_seconds")
    op.drop_column("agent_calls", "original_context_tokens")
    op.drop_column("agent_calls", "context_tokens")
    op.drop_table("rollups")
