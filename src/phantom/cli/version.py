"""`phantom version`."""

import json

import typer

from phantom import __version__
from phantom.cli import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="\b\nExample:\n  phantom version --json")(version)


def version(as_json: options.Json = False) -> None:
    """Print the versions of Phantom and Python."""
    import platform

    versions = {"phantom": __version__, "python": platform.python_version()}
    if as_json:
        print(json.dumps(versions))
    else:
        print(f"phantom {versions['phantom']} (Python {versions['python']})")
