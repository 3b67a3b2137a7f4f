"""What counts against caps, by day and project; reservations that are open; rate windows."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

_EVER = date.min


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "spendings",
        sa.Column("project_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "day", name=op.f("pk_spendings")),
    )
    op.create_index(op.f("ix_spendings_day"), "spendings", ["day"], unique=False)
    # Until now a call of unknown cost counted nothing, so what is known is all there is.
    rollups = sa.table(
        "rollups", sa.column("project_id"), sa.column("day"), sa.column("cost_micros")
    )
    spendings = sa.table(
        "spendings", sa.column("project_id"), sa.column("day"), sa.column("micros")
    )
    spent = (
        sa.select(
            rollups.c.project_id,
            rollups.c.day,
            sa.cast(sa.func.sum(rollups.c.cost_micros), sa.BigInteger()),
        )
        .where(rollups.c.day != sa.literal(_EVER, sa.Date()))
        .group_by(rollups.c.project_id, rollups.c.day)
    )
    op.execute(spendings.insert().from_select(["project_id", "day", "micros"], spent))

    op.add_column("ledger_entries", sa.Column("foreseen_micros", sa.BigInteger(), nullable=True))
    op.add_column("ledger_entries", sa.Column("allowed_micros", sa.BigInteger(), nullable=True))
    op.add_column(
        "ledger_entries",
        sa.Column("open", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(
        "UPDATE ledger_entries SET open = true WHERE kind = 'reserve' AND NOT EXISTS ("
        "SELECT 1 FROM ledger_entries AS settled "
        "WHERE settled.call_id = ledger_entries.call_id AND settled.kind = 'settle')"
    )
    op.create_index(
        "ix_ledger_entries_open",
        "ledger_entries",
        ["project_id"],
        unique=False,
        postgresql_where=sa.text("open"),
        sqlite_where=sa.text("open = 1"),
    )
    op.add_column("agent_calls", sa.Column("used", sa.JSON(none_as_null=True), nullable=True))
    op.create_index(
        "ix_agent_calls_agent_completed_at", "agent_calls", ["agent", "completed_at"], unique=False
    )

    op.create_table(
        "rate_windows",
        sa.Column("agent_id", sa.String(length=100), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_rate_windows")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("rate_windows")
    op.drop_index("ix_agent_calls_agent_completed_at", table_name="agent_calls")
    op.drop_column("agent_calls", "used")
    op.drop_index("ix_ledger_entries_open", table_name="ledger_entries")
    op.drop_column("ledger_entries", "open")
    op.drop_column("ledger_entries", "allowed_micros")
    op.drop_column("ledger_entries", "foreseen_micros")
    op.drop_index(op.f("ix_spendings_day"), table_name="spendings")
    op.drop_table("spendings")
