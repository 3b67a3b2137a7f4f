"""`phantom run`."""

from pathlib import Path
from typing import Annotated

import typer

from phantom.cli import options
from phantom.vocabulary import TaskType

_EXAMPLES = """\b
Examples:
  phantom run "Fix the failing tests" --type debugging
  phantom run "Review the parser" --type security --files 'src/**/*.py'
  phantom run "Fix the failing tests" --repo ~/code/shop --json

\b
The first Ctrl-C cancels the task and waits for its end; the second leaves at once.
Exit codes: 0 completed, 1 the task failed, 2 bad input, 3 no server, 130 interrupted.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=_EXAMPLES)(run)


def run(
    *,
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What is to be done.")],
    files: Annotated[
        list[str] | None,
        typer.Option(
            "--files",
            metavar="GLOB",
            help="Files that matter, relative to the repository; may be repeated.",
        ),
    ] = None,
    task_type: Annotated[
        TaskType, typer.Option("--type", help="What kind of work it is.")
    ] = TaskType.CODE_GENERATION,
    repo: Annotated[
        Path,
        typer.Option(
            "--repo", metavar="DIR", help="The git repository to work on; its HEAD is the start."
        ),
    ] = Path(),
    agent: Annotated[
        str | None,
        typer.Option("--agent", metavar="NAME", help="Which agent is to do it, such as local."),
    ] = None,
    trust: Annotated[
        bool | None,
        typer.Option(
            "--trust/--no-trust",
            help="Whether agents may load and change the repository's configuration that is code.",
        ),
    ] = None,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Run one task and show what happens.

    The result is a branch in the repository.

    The server of this home, or the one at the configured address, does the work. Where none
    answers, one is started inside this command, on a free port, and stopped with it.
    """
    import asyncio

    from phantom.cli import running
    from phantom.cli.configuration import absolute, configured
    from phantom.client import Order

    settings = configured(home=home, host=host, port=port)
    order = Order(
        prompt=prompt,
        task_type=task_type,
        files=files or [],
        workspace=str(absolute(repo)),
        agent=agent,
    )
    raise typer.Exit(asyncio.run(running.run(settings, order, trust=trust, as_json=as_json)))
