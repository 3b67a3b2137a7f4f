"""Bring a database to the newest schema, and tell whether it is there."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from phantom.db.database import Database
from phantom.db.models import Base

_LOCK_KEY = 0x7068616E746F6D  # "phantom"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database, revision: str = "head") -> None:
    """Run every revision that the database lacks, in one transaction; safe to run twice at once.

    `revision` is where to stop, by default at the newest.
    """
    async with database.write() as session:
        connection = await session.connection()
        await connection.run_sync(_upgrade, revision)


def _upgrade(connection: Connection, revision: str) -> None:
    if connection.dialect.name == "postgresql":
        # Two processes may start together; the second waits, then finds nothing to do.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})")
    command.upgrade(_config(connection), revision)


async def differences(database: Database) -> list[str]:
    """What distinguishes the database from the models; empty where they agree."""
    async with database.read() as session:
        connection = await session.connection()
        return await connection.run_sync(
            lambda sync: [
                str(change)
                for change in compare_metadata(MigrationContext.configure(sync), Base.metadata)
            ]
        )


async def is_current(database: Database) -> bool:
    """True where the newest revision has been applied."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    async with database.read() as session:
        connection = await session.connection()
        current = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )
    return current == head
