"""`phantom clean`."""

from typing import TYPE_CHECKING

import typer

from phantom.cli import options

if TYPE_CHECKING:
    from phantom.orchestration.retention import Removed
    from phantom.settings import Settings

_EXAMPLES = """\b
Examples:
  phantom clean
  PHANTOM_KEEP_HOURS=0 phantom clean --home ./data

\b
A server does the same when it starts and every hour.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=_EXAMPLES)(clean)


def clean(
    *,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Remove what ended tasks left, and events, that have been kept long enough."""
    from phantom.cli.configuration import configured
    from phantom.cli.output import print_json
    from phantom.orchestration.janitor import WHAT

    removed = _tidied(configured(home=home, database_url=database_url))
    if removed is None:
        print("Another process of this home is tidying up; nothing was done.")
        raise typer.Exit(1)
    freed = removed.size.total()
    if as_json:
        print_json({**{what: removed.many[what] for what in WHAT}, "freed_bytes": freed})
        return
    told = ", ".join(f"{removed.many[what]} {what}" for what in WHAT)
    print(f"{told} were removed; that gave {freed / 1e6:.1f} MB.")


def _tidied(settings: "Settings") -> "Removed | None":
    import asyncio

    from phantom.cli.configuration import database_errors
    from phantom.db import migrate
    from phantom.db.database import Database
    from phantom.orchestration.janitor import Janitor

    async def work() -> "Removed | None":
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(settings.effective_database_url)
        try:
            await migrate.upgrade(database)
            return await Janitor.of(settings, database).tidy()
        finally:
            await database.close()

    with database_errors(settings):
        return asyncio.run(work())
