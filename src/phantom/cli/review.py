"""`phantom diff`, `apply`, `select` and `feedback`: what becomes of a task's result."""

from typing import TYPE_CHECKING, Annotated

import typer

from phantom.cli import options
from phantom.cli.tasks import with_server
from phantom.vocabulary import FeedbackVerdict

if TYPE_CHECKING:
    from phantom.client import Client

_DIFF_EXAMPLES = """\b
Examples:
  phantom diff 3f2a
  phantom diff 3f2a --iteration 1 > first.diff
"""
_APPLY_EXAMPLES = """\b
Example:
  phantom apply 3f2a && git commit

\b
The change is put into your checkout and staged, whole or not at all. Nothing is touched where
it does not fit, or where one of its files has changes that are not committed.
"""
_SELECT_EXAMPLES = "\b\nExample:\n  phantom select 3f2a 1"
_FEEDBACK_EXAMPLES = '\b\nExample:\n  phantom feedback 3f2a edited --text "The name was wrong."'

Iteration = Annotated[
    int | None,
    typer.Option("--iteration", min=1, metavar="NUMBER", help="By default the one that was kept."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=_DIFF_EXAMPLES)(diff)
    app.command(epilog=_APPLY_EXAMPLES)(apply)
    app.command(epilog=_SELECT_EXAMPLES)(select)
    app.command(epilog=_FEEDBACK_EXAMPLES)(feedback)


def diff(
    *,
    task_id: options.TaskId,
    iteration: Iteration = None,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Show what a task changed."""

    async def ask(client: "Client") -> None:
        from phantom.cli.output import print_json

        found = await client.find(task_id)
        patch = await client.diff(found.id, iteration=iteration)
        if as_json:
            print_json({"task_id": found.id, "patch": patch.decode(errors="replace")})
        else:
            _print_patch(patch)

    with_server(ask, home=home, host=host, port=port)


def apply(
    *,
    task_id: options.TaskId,
    iteration: Iteration = None,
    allow_protected: Annotated[
        bool,
        typer.Option(
            "--allow-protected",
            help="Also apply changes of files that can make programs run, such as .mcp.json.",
        ),
    ] = False,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Put a task's change into your checkout, staged."""

    async def ask(client: "Client") -> None:
        from phantom.cli.output import print_json

        found = await client.find(task_id)
        applied = await client.apply(found.id, iteration=iteration, allow_protected=allow_protected)
        if as_json:
            print_json(applied.model_dump(mode="json"))
            return
        where = f" on {applied.branch}" if applied.branch else ""
        print(f"Staged in {applied.repository}{where}: {', '.join(applied.files)}")

    with_server(ask, home=home, host=host, port=port)


def select(
    *,
    task_id: options.TaskId,
    iteration: Annotated[int, typer.Argument(min=1, help="The iteration that is to be kept.")],
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Keep another iteration than the best one."""

    async def ask(client: "Client") -> None:
        from phantom.cli.output import print_json

        found = await client.find(task_id)
        chosen = await client.select(found.id, iteration)
        if as_json:
            print_json(chosen.model_dump(mode="json"))
        else:
            print(f"Iteration {iteration} is the result of task {chosen.id}: {chosen.branch}")

    with_server(ask, home=home, host=host, port=port)


def feedback(
    *,
    task_id: options.TaskId,
    verdict: Annotated[FeedbackVerdict, typer.Argument(help="What became of the result.")],
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="What you thought of it.")
    ] = None,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Tell what became of a task's result; it is kept for learning."""

    async def ask(client: "Client") -> None:
        from phantom.cli.output import print_json

        found = await client.find(task_id)
        said = await client.give_feedback(found.id, verdict, text)
        if as_json:
            print_json(said)
            return
        print(f"Noted: the result of task {found.id} was {verdict.value}.")

    with_server(ask, home=home, host=host, port=port)


def _print_patch(patch: bytes) -> None:
    """Coloured in a terminal; byte for byte in a pipe, so that git can apply it."""
    import sys

    from phantom.cli.output import console

    out = console()
    if not out.is_terminal:
        sys.stdout.buffer.write(patch)
        sys.stdout.buffer.flush()
        return
    from rich.syntax import Syntax

    text = patch.decode(errors="replace")
    out.print(Syntax(_printable(text), "diff", theme="ansi_dark", background_color="default"))


def _printable(text: str) -> str:
    """Without control characters: what an agent wrote must not steer the terminal."""
    return "".join(each for each in text if each in "\n\t" or each.isprintable())
