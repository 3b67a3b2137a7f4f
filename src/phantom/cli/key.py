"""`phantom key add`, `list`, `remove` and `rotate`: the keys that Phantom may use."""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from phantom.cli import options

if TYPE_CHECKING:
    from pydantic import JsonValue

    from phantom.credentials.keys import KeyStore
    from phantom.db.models import StoredKey

T = TypeVar("T")

_ADD_EXAMPLES = """\b
Examples:
  phantom key add anthropic-main
  phantom key add proxy --host llm.example:8443 < key.txt

\b
The key is asked for, or read from standard input; it is never an argument, since every
user of the machine sees those.
"""
_LIST_EXAMPLES = "\b\nExample:\n  phantom key list --json"
_REMOVE_EXAMPLES = "\b\nExample:\n  phantom key remove anthropic-main"
_ROTATE_EXAMPLES = """\b
Example:
  phantom key rotate

\b
Where the master key is in PHANTOM_MASTER_KEY, put the new one in front of the old one
(NEW,OLD), run this, then take the old one away.
"""

_KeyId = Annotated[str, typer.Argument(metavar="NAME", help="The key's name.")]
_key = typer.Typer(
    help="Look after the keys of agents.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(_key, name="key")


@_key.command(epilog=_ADD_EXAMPLES)
def add(
    *,
    key_id: _KeyId,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="HOST",
            help="The only host it is sent to; unless given, the one that such keys are for.",
        ),
    ] = None,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Encrypt a key and store it."""
    from phantom.cli.output import print_json

    value = _read_value()
    row = _with_keys(
        lambda keys: keys.add(key_id, value, host=host, created_by="local"),
        home=home,
        database_url=database_url,
    )
    if as_json:
        print_json(_document(row))
    else:
        print(f"The key {row.key_id} is stored; it is sent to {row.host} and nowhere else.")


@_key.command("list", epilog=_LIST_EXAMPLES)
def list_keys(
    *,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Show all keys, without their values."""
    from rich.markup import escape

    from phantom.cli.output import console, print_columns, print_json

    found = _with_keys(lambda keys: keys.list(), home=home, database_url=database_url)
    if as_json:
        print_json([_document(row) for row in found])
    elif not found:
        print("There are no keys.")
    else:
        rows = [_document(row) for row in found]
        columns = ("key_id", "host", "created_by", "created_at")
        print_columns(
            console(),
            ("NAME", "HOST", "STORED BY", "STORED"),
            [tuple(escape(str(row[column])) for column in columns) for row in rows],
        )


@_key.command(epilog=_REMOVE_EXAMPLES)
def remove(
    *,
    key_id: _KeyId,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Forget a key; what uses it fails from then on."""
    from phantom.cli.output import print_json

    _with_keys(lambda keys: keys.remove(key_id), home=home, database_url=database_url)
    if as_json:
        print_json({"key_id": key_id, "removed": True})
    else:
        print(f"The key {key_id} is removed.")


@_key.command(epilog=_ROTATE_EXAMPLES)
def rotate(
    *,
    home: options.Home = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Seal all keys under a new master key."""
    from phantom.cli.output import print_json

    count, place = _with_keys(lambda keys: keys.rotate(), home=home, database_url=database_url)
    if as_json:
        print_json({"keys": count, "master_key": place.name})
    else:
        keys = "1 key is" if count == 1 else f"{count} keys are"
        print(f"{keys} sealed under a new master key, which is in {place.name}.")


def _read_value() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Key", hide_input=True))
    return sys.stdin.read()


def _with_keys(ask: "Callable[[KeyStore], Awaitable[T]]", **flags: object) -> T:
    """What `ask` makes of the keys in the database that these flags mean."""
    from phantom.cli.stores import with_database
    from phantom.credentials.keys import KeyStore

    return with_database(lambda database, settings: ask(KeyStore(database, settings.home)), **flags)


def _document(row: "StoredKey") -> "dict[str, JsonValue]":
    from phantom.clock import iso

    return {
        "key_id": row.key_id,
        "host": row.host,
        "created_by": row.created_by,
        "created_at": iso(row.created_at),
    }
