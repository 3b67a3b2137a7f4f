"""What ended tasks came to under each preset, added up."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SUMS = (
    "tasks_ended",
    "tasks_run",
    "run_milliseconds",
    "tasks_charged",
    "charged_micros",
    "quality_count",
    "quality_micros",
)
_FILL = """
    INSERT INTO preset_sums (preset_id, project_id, tasks_ended, tasks_run, run_milliseconds,
        tasks_charged, charged_micros, quality_count, quality_micros)
    SELECT hrm_preset_id, project_id, count(*),
        sum(CASE WHEN {ran} THEN 1 ELSE 0 END),
        sum(CASE WHEN {ran} AND {took} > 0 THEN {took} ELSE 0 END),
        count(actual_cost_micros), coalesce(sum(actual_cost_micros), 0),
        count(final_quality),
        coalesce(sum(CAST(round(final_quality * 1000000) AS bigint)), 0)
    FROM tasks WHERE hrm_preset_id IS NOT NULL AND status IN ('completed', 'failed')
    GROUP BY hrm_preset_id, project_id"""
_RAN = "(started_at IS NOT NULL AND coalesce(failure_reason, '') <> 'cancelled')"
_TOOK = {
    "sqlite": "round((julianday(completed_at) - julianday(started_at)) * 86400000)",
    "postgresql": "round(extract(epoch FROM completed_at - started_at) * 1000)",
}
"""Milliseconds of a task."""


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "preset_sums",
        sa.Column("preset_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("project_id", sa.Uuid(as_uuid=False), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_preset_sums_project_id_projects"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("preset_id", "project_id", name=op.f("pk_preset_sums")),
    )
    op.create_index(op.f("ix_preset_sums_project_id"), "preset_sums", ["project_id"], unique=False)
    took = f"CAST({_TOOK[op.get_bind().dialect.name]} AS bigint)"
    op.execute(_FILL.format(ran=_RAN, took=took))
    op.drop_index("ix_tasks_hrm_preset_id", table_name="tasks")
