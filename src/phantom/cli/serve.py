"""`phantom serve`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from phantom.cli import options
from phantom.importing import without_collector

if TYPE_CHECKING:
    from phantom.cli.server import Served

_EXAMPLES = """\b
Examples:
  phantom serve
  phantom serve --root ~/code --root ~/clients
  phantom serve --port 0 --home ./data --json
  phantom serve --database-url postgresql://phantom@localhost/phantom
  phantom serve --unix-socket ~/phantom.sock

\b
Every setting is also an environment variable and a key of HOME/phantom.toml; flags win.
Ctrl-C or SIGTERM stops the server; what is under way goes on at the next start.
"""

_Roots = Annotated[
    list[Path] | None,
    typer.Option(
        "--root",
        metavar="DIR",
        help="Directory below which workspaces may lie; may be repeated (PHANTOM_ROOTS). "
        "Unless set: where the server is started.",
    ),
]
_Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency",
        metavar="NUMBER",
        min=1,
        max=64,
        help="How many tasks run at the same time (PHANTOM_CONCURRENCY).",
    ),
]
_RedisUrl = Annotated[
    str | None,
    typer.Option("--redis-url", metavar="URL", help="Event bus between processes (REDIS_URL)."),
]
_RequireToken = Annotated[
    bool | None,
    typer.Option(
        "--require-token/--no-require-token",
        help="Demand a token on loopback, too (PHANTOM_REQUIRE_TOKEN).",
    ),
]
_UnixSocket = Annotated[
    Path | None,
    typer.Option(
        "--unix-socket",
        metavar="PATH",
        help="Serve on a socket that only you can open, instead of a port; with --port on both "
        "(PHANTOM_UNIX_SOCKET).",
    ),
]
_ExecutePerMinute = Annotated[
    int | None,
    typer.Option(
        "--execute-per-minute",
        metavar="NUMBER",
        min=1,
        max=100_000,
        help="How many tasks a token may start in a minute (PHANTOM_EXECUTE_PER_MINUTE).",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=_EXAMPLES)(serve)


def serve(
    *,
    host: options.Host = None,
    port: options.Port = None,
    home: options.Home = None,
    root: _Roots = None,
    database_url: options.DatabaseUrl = None,
    redis_url: _RedisUrl = None,
    concurrency: _Concurrency = None,
    evaluation_workers: Annotated[
        int | None,
        typer.Option(
            "--evaluation-workers",
            metavar="NUMBER",
            min=1,
            max=16,
            help="How many evaluators run at the same time (PHANTOM_EVALUATION_WORKERS).",
        ),
    ] = None,
    require_token: _RequireToken = None,
    unix_socket: _UnixSocket = None,
    execute_per_minute: _ExecutePerMinute = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host",
            metavar="NAME",
            help="Further Host name to serve; may be repeated (PHANTOM_ALLOWED_HOSTS).",
        ),
    ] = None,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"] | None,
        typer.Option("--log-level", help="The least severe line logged (PHANTOM_LOG_LEVEL)."),
    ] = None,
    log_json: Annotated[
        bool | None,
        typer.Option("--log-json/--log-text", help="Form of the log (PHANTOM_LOG_JSON)."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Run the server.

    The API, the worker and the database are one process.
    With --json, one line of JSON on standard output tells the address once the server answers.
    """
    import asyncio

    from phantom.cli.configuration import configured

    settings = configured(
        host=host,
        port=port,
        home=home,
        roots=tuple(root) if root else None,
        database_url=database_url,
        redis_url=redis_url,
        concurrency=concurrency,
        evaluation_workers=evaluation_workers,
        require_token=require_token,
        unix_socket=unix_socket,
        execute_per_minute=execute_per_minute,
        allowed_hosts=tuple(allowed_host) if allowed_host else None,
        log_level=log_level,
        log_json=log_json,
    )
    # After the settings are known to be good: a wrong flag must not wait for the server's imports.
    with without_collector():
        from phantom import processes
        from phantom.cli import logs, server

    logs.configure(settings.log_level, as_json=settings.log_json)
    processes.watch_without_threads()
    asyncio.run(server.serve(settings, _print_json if as_json else _print_text))


def _facts(served: "Served") -> dict[str, str | list[str]]:
    from phantom.cli.configuration import shown_database

    return {
        "url": served.url,
        "docs": f"{served.url}/docs" if served.url.startswith("http") else "/docs",
        "home": str(served.settings.home),
        "database": shown_database(served.settings),
        "roots": [str(root) for root in served.settings.roots],
    }


def _print_json(served: "Served") -> None:
    print(json.dumps(_facts(served)), flush=True)


def _print_text(served: "Served") -> None:
    from phantom import __version__

    facts = _facts(served)
    print(f"Phantom {__version__} answers at {facts['url']}")
    print(f"  API docs   {facts['docs']}")
    print(f"  home       {facts['home']}")
    print(f"  database   {facts['database']}")
    print(f"  roots      {', '.join(facts['roots'])}")
    print("Ctrl-C stops it; what is under way goes on at the next start.", flush=True)
