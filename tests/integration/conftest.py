"""What tests of rows and events get: a migrated database, and the store above it."""

from collections.abc import AsyncIterator

import pytest

from phantom.db import migrate
from phantom.db.database import Database
from phantom.events.bus import LocalBus
from phantom.events.store import EventStore


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the newest schema, on either engine in turn."""
    database = Database(database_url)
    await migrate.upgrade(database)
    yield database
    await database.close()


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    """A PostgreSQL database with the newest schema."""
    database = Database(postgres_url)
    await migrate.upgrade(database)
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> EventStore:
    """The event store of `database`."""
    return EventStore(database, LocalBus())
