"""`phantom doctor`."""

import typer

from phantom.cli import options

_EXAMPLES = """\b
Examples:
  phantom doctor
  phantom doctor --home ./data --json

\b
Exit codes: 0 Phantom can work here, 1 something stands in its way.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=_EXAMPLES)(doctor)


def doctor(
    *,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Look at what Phantom needs.

    Python, git, SQLite, the home, disk and memory, the port, the database, Langfuse, what agents
    can be caged by, and which agents there are.
    """
    import asyncio

    from phantom.cli.checks import State, examine
    from phantom.cli.configuration import configured
    from phantom.cli.output import console, print_columns, print_json, styled

    settings = configured(home=home, host=host, port=port, database_url=database_url)
    found = asyncio.run(examine(settings))
    failed = any(check.state is State.FAILED for check in found)
    if as_json:
        checks = [check.model_dump(mode="json") for check in found]
        print_json({"ok": not failed, "checks": list(checks)})
    else:
        from rich.markup import escape

        rows = [(check.name, styled(check.state), escape(check.finding)) for check in found]
        print_columns(console(), ("CHECK", "STATE", "FINDING"), rows)
    raise typer.Exit(1 if failed else 0)
