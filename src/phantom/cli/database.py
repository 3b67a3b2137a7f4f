"""`phantom db upgrade`, `phantom db status` and `phantom db rebuild-rollups`."""

from typing import TYPE_CHECKING

import typer

from phantom.cli import options

if TYPE_CHECKING:
    from phantom.settings import Settings

_UPGRADE_EXAMPLES = """\b
Examples:
  phantom db upgrade
  phantom db upgrade --database-url postgresql://phantom@localhost/phantom

\b
A server does the same when it starts. With several servers on one PostgreSQL, run
this once before them.
"""
_STATUS_EXAMPLES = """\b
Example:
  phantom db status --json

\b
Exit codes: 0 the database is up to date, 1 it is not.
"""
_REBUILD_EXAMPLES = """\b
Example:
  phantom db rebuild-rollups

\b
The metrics stay as they are, unless somebody has changed rows by hand.
"""

_db = typer.Typer(help="Look after the database.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(_db, name="db")


@_db.command(epilog=_UPGRADE_EXAMPLES)
def upgrade(
    *,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Bring the database to this version; does nothing where it is there already."""
    from phantom.cli.configuration import configured

    settings = configured(home=home, database_url=database_url)
    _print(settings, current=_upgraded(settings), as_json=as_json)


@_db.command(epilog=_STATUS_EXAMPLES)
def status(
    *,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Tell whether the database has this version's schema; changes nothing."""
    from phantom.cli.configuration import configured

    settings = configured(home=home, database_url=database_url)
    current = _is_current(settings)
    _print(settings, current=current, as_json=as_json)
    raise typer.Exit(0 if current else 1)


@_db.command("rebuild-rollups", epilog=_REBUILD_EXAMPLES)
def rebuild_rollups(
    *,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Add the sums behind the metrics up anew; tasks that end meanwhile wait."""
    from phantom.cli.configuration import configured
    from phantom.cli.output import print_json

    number = _rebuilt(configured(home=home, database_url=database_url))
    if as_json:
        print_json({"rollups": number})
    else:
        print(f"{number} sums by day, project and agent were added up.")


def _rebuilt(settings: "Settings") -> int:
    import asyncio

    from phantom.cli.configuration import database_errors
    from phantom.db import migrate
    from phantom.db.database import Database
    from phantom.ledger import recount

    async def work() -> int:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(settings.effective_database_url)
        try:
            await migrate.upgrade(database)
            return await recount.rebuild(database)
        finally:
            await database.close()

    with database_errors(settings):
        return asyncio.run(work())


def _upgraded(settings: "Settings") -> bool:
    import asyncio

    from phantom.cli.configuration import database_errors
    from phantom.db import migrate
    from phantom.db.database import Database

    async def work() -> bool:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(settings.effective_database_url)
        try:
            await migrate.upgrade(database)
            return await migrate.is_current(database)
        finally:
            await database.close()

    with database_errors(settings):
        return asyncio.run(work())


def _is_current(settings: "Settings") -> bool:
    import asyncio
    from pathlib import Path

    from phantom.cli.configuration import database_errors
    from phantom.db import migrate
    from phantom.db.database import Database, async_url

    url = async_url(settings.effective_database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return False  # connecting would make the file

    async def work() -> bool:
        database = Database(settings.effective_database_url)
        try:
            return await migrate.is_current(database)
        finally:
            await database.close()

    with database_errors(settings):
        return asyncio.run(work())


def _print(settings: "Settings", *, current: bool, as_json: bool) -> None:
    from phantom.cli.configuration import shown_database
    from phantom.cli.output import print_json

    shown = shown_database(settings)
    if as_json:
        print_json({"database": shown, "current": current})
    elif current:
        print(f"{shown} is up to date.")
    else:
        print(f"{shown} does not have this version's schema; run `phantom db upgrade`.")
