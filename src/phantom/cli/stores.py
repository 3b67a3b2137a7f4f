"""Commands that work on the database itself, so that they need no server and no token."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from phantom.cli.configuration import configured, database_errors
from phantom.db import migrate
from phantom.db.database import Database
from phantom.settings import Settings

T = TypeVar("T")


def with_database(ask: Callable[[Database, Settings], Awaitable[T]], **flags: object) -> T:
    """What `ask` makes of the database that these flags mean, brought to this version first.

    Raises StartupError where it cannot be used.
    """
    settings = configured(**flags)

    async def work() -> T:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(settings.effective_database_url)
        try:
            await migrate.upgrade(database)
            return await ask(database, settings)
        finally:
            await database.close()

    with database_errors(settings):
        return asyncio.run(work())
