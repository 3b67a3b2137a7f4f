"""`phantom tasks`, `task`, `cancel`, `retry`, `choose`: what a running server knows and can do."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from phantom.cli import options
from phantom.vocabulary import TaskStatus

if TYPE_CHECKING:
    from phantom.cli.exits import ExitCode
    from phantom.client import Client, TaskView

T = TypeVar("T")

_EXAMPLES = """\b
Examples:
  phantom tasks
  phantom tasks --status failed --limit 50
  phantom tasks --json
"""
_TASK_EXAMPLES = """\b
Examples:
  phantom task 3f2a
  phantom task 3f2a --follow
  phantom task 3f2a --json

\b
With --follow the exit code is the task's: 0 completed, 1 failed.
Ctrl-C stops to look; the task goes on.
"""
_CANCEL_EXAMPLES = "\b\nExample:\n  phantom cancel 3f2a"
_RETRY_EXAMPLES = "\b\nExample:\n  phantom retry 3f2a && phantom task 3f2a --follow"

_CHOOSE_EXAMPLES = "\b\nExample:\n  phantom choose 3f2a claude_main"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=_EXAMPLES)(tasks)
    app.command(epilog=_TASK_EXAMPLES)(task)
    app.command(epilog=_CANCEL_EXAMPLES)(cancel)
    app.command(epilog=_RETRY_EXAMPLES)(retry)
    app.command(epilog=_CHOOSE_EXAMPLES)(choose)


def tasks(
    *,
    status: Annotated[
        TaskStatus | None, typer.Option("--status", help="Only tasks in this state.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, metavar="NUMBER", help="How many at most.")
    ] = 20,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """List tasks, newest first."""

    async def ask(client: "Client") -> None:
        _print_list(await client.tasks(status=status, limit=limit), as_json=as_json)

    with_server(ask, home=home, host=host, port=port)


def task(
    *,
    task_id: options.TaskId,
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay and show what happens until the task ends.")
    ] = False,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Show one task."""

    async def ask(client: "Client") -> "ExitCode":
        from phantom.cli.exits import ExitCode
        from phantom.cli.output import console
        from phantom.cli.progress import display, watch
        from phantom.cli.running import exit_code

        found = await client.find(task_id)
        if follow and not found.ended:
            found = await watch(client, found.id, display(console(), silent=as_json))
        _print_one(found, as_json=as_json)
        return exit_code(found) if follow else ExitCode.OK

    raise typer.Exit(with_server(ask, home=home, host=host, port=port))


def cancel(
    *,
    task_id: options.TaskId,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Stop a task and everything that it started."""

    async def ask(client: "Client") -> None:
        found = await client.find(task_id)
        await client.cancel(found.id)
        await _print_change(client, found.id, "is being cancelled", as_json=as_json)

    with_server(ask, home=home, host=host, port=port)


def retry(
    *,
    task_id: options.TaskId,
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Run a failed task again, from the present HEAD."""

    async def ask(client: "Client") -> None:
        found = await client.find(task_id)
        await client.retry(found.id)
        await _print_change(client, found.id, "is queued again", as_json=as_json)

    with_server(ask, home=home, host=host, port=port)


def choose(
    *,
    task_id: options.TaskId,
    agent_id: Annotated[str, typer.Argument(metavar="AGENT", help="The agent that goes on.")],
    home: options.Home = None,
    host: options.Host = None,
    port: options.Port = None,
    as_json: options.Json = False,
) -> None:
    """Choose the agent that goes on, where a task asks."""

    async def ask(client: "Client") -> None:
        found = await client.find(task_id)
        await client.choose_agent(found.id, agent_id)
        await _print_change(client, found.id, f"goes on with {agent_id}", as_json=as_json)

    with_server(ask, home=home, host=host, port=port)


def with_server(ask: Callable[["Client"], Awaitable[T]], **flags: object) -> T:
    """What `ask` makes of the server that these flags mean."""
    import asyncio

    from phantom.cli.configuration import configured
    from phantom.cli.discovery import found
    from phantom.client import Client

    settings = configured(**flags)

    async def talk() -> T:
        async with Client(await found(settings)) as client:
            return await ask(client)

    return asyncio.run(talk())


def _print_one(found: "TaskView", *, as_json: bool) -> None:
    from phantom.cli.output import console, print_json
    from phantom.cli.summary import print_summary

    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_summary(console(), found)


async def _print_change(client: "Client", task_id: str, what: str, *, as_json: bool) -> None:
    from phantom.cli.output import print_json

    if as_json:
        print_json((await client.task(task_id)).model_dump(mode="json"))
    else:
        print(f"Task {task_id} {what}.")


def _print_list(found: "Sequence[TaskView]", *, as_json: bool) -> None:
    from rich.markup import escape

    from phantom.cli.output import console, money, print_columns, print_json, score, styled

    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        print("There are no such tasks.")
        return
    print_columns(
        console(),
        ("ID", "STATUS", "AGENT", "ITERATIONS", "QUALITY", "COST", "CREATED", "TITLE"),
        [
            (
                each.id,
                styled(each.status.value),
                escape(each.assigned_agent),
                f"{each.current_iteration}/{each.max_iterations}",
                score(each.final_quality) if each.ended else "-",
                money(each.actual_cost) if each.ended else "-",
                each.created_at[:19].replace("T", " "),
                escape(each.title),
            )
            for each in found
        ],
    )
