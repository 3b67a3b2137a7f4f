"""`phantom token create`, `list` and `revoke`: who may use the API."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from phantom.cli import options
from phantom.security.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import JsonValue

    from phantom.credentials.tokens import TokenService
    from phantom.db.models import ApiToken

T = TypeVar("T")

_CREATE_EXAMPLES = """\b
Examples:
  phantom token create --role admin --name me
  phantom token create --role viewer --name grafana --expires 90 --json

\b
The token is shown once; Phantom keeps only a digest of it. Roles: viewer reads,
operator also runs and cancels tasks, admin also changes agents, keys, files and config.
"""
_LIST_EXAMPLES = "\b\nExample:\n  phantom token list --json"
_REVOKE_EXAMPLES = """\b
Examples:
  phantom token revoke grafana
  phantom token revoke 7kq2m9xa

\b
A running server stops to accept it within a second.
"""

_token = typer.Typer(help="Say who may use the API.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(_token, name="token")


@_token.command(epilog=_CREATE_EXAMPLES)
def create(
    *,
    role: Annotated[Role, typer.Option("--role", help="What it may do.")],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Whose it is; never given twice.")
    ],
    expires: Annotated[
        int | None,
        typer.Option(
            "--expires",
            metavar="DAYS",
            min=1,
            max=3650,
            help="After how many days it ends; unless given, never.",
        ),
    ] = None,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Make a token and print it, this once."""
    row, text = _with_tokens(
        lambda tokens: tokens.create(name, role, days=expires),
        home=home,
        database_url=database_url,
    )
    if as_json:
        from phantom.cli.output import print_json

        print_json({"token": text, **_document(row)})
        return
    ends = f"until {_moment(row.expires_at)}" if row.expires_at else "without end"
    print(text)
    print(f"That is the token of {row.name} ({row.role}, {ends}); it is not shown again.")


@_token.command("list", epilog=_LIST_EXAMPLES)
def list_tokens(
    *,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Show all tokens, without the tokens themselves."""
    from rich.markup import escape

    from phantom.cli.output import console, print_columns, print_json

    found = _with_tokens(lambda tokens: tokens.list(), home=home, database_url=database_url)
    if as_json:
        print_json([_document(row) for row in found])
    elif not found:
        print("There are no tokens.")
    else:
        print_columns(
            console(),
            ("NAME", "ROLE", "PREFIX", "STATE", "CREATED", "EXPIRES", "LAST USED"),
            [
                (
                    escape(row.name),
                    row.role,
                    row.prefix,
                    _state(row),
                    _moment(row.created_at),
                    _moment(row.expires_at),
                    _moment(row.last_used_at),
                )
                for row in found
            ],
        )


@_token.command(epilog=_REVOKE_EXAMPLES)
def revoke(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The token's name or prefix.")],
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Make a token worthless."""
    from phantom.cli.output import print_json

    row = _with_tokens(lambda tokens: tokens.revoke(name), home=home, database_url=database_url)
    if as_json:
        print_json(_document(row))
    else:
        print(f"The token {row.name} is revoked.")


def _with_tokens(ask: "Callable[[TokenService], Awaitable[T]]", **flags: object) -> T:
    """What `ask` makes of the tokens in the database that these flags mean."""
    from phantom.cli.stores import with_database
    from phantom.credentials.tokens import TokenService

    return with_database(lambda database, _: ask(TokenService(database)), **flags)


def _document(row: "ApiToken") -> "dict[str, JsonValue]":
    from phantom.clock import iso

    times = {
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "last_used_at": row.last_used_at,
    }
    shown = {name: iso(moment) if moment else None for name, moment in times.items()}
    return {
        "name": row.name,
        "role": str(row.role),
        "prefix": row.prefix,
        "state": _state(row),
        **shown,
    }


def _state(row: "ApiToken") -> str:
    from phantom.clock import utc_now

    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= utc_now() else "valid"


def _moment(moment: "datetime | None") -> str:
    from phantom.clock import iso

    return iso(moment)[:16].replace("T", " ") if moment else "-"
