"""The command `phantom demo`."""

from pathlib import Path
from typing import Annotated

import typer

from phantom.cli import options

_EXAMPLES = """\b
Examples:
  phantom demo
  phantom demo --crash
  phantom demo --keep
  phantom demo --record demo.svg

\b
Nothing outside a temporary directory is touched, and no network is used.
Exit codes: 0 repaired and reported, 1 a task failed, 3 the server cannot start.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=_EXAMPLES)(demo)


def demo(
    *,
    crash: Annotated[
        bool,
        typer.Option(
            "--crash", help="Kill the server (SIGKILL) while the agent works, and go on after it."
        ),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the repository and the data, and say where.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Write what is shown to an SVG picture."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Repair a bug in a repository made for it.

    A server of its own takes a debugging task and a security task on; every figure shown is
    measured in this run.
    """
    import asyncio

    from phantom.cli.demo import story
    from phantom.cli.output import console, picture, print_json

    out = console(quiet=as_json, record=record is not None)
    outcome = asyncio.run(story.play(out, crash=crash, keep=keep))
    if record is not None:
        record.write_text(picture(out, title="phantom demo"))
    if as_json:
        print_json(outcome.model_dump(mode="json"))
    raise typer.Exit(0 if outcome.succeeded else 1)
