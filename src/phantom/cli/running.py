"""One task from the order to its end, by a running server or by one inside this process."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from phantom.cli import discovery, logs
from phantom.cli.configuration import absolute
from phantom.cli.exits import ExitCode, debugging
from phantom.cli.output import console, print_json
from phantom.cli.progress import display, watch
from phantom.cli.summary import print_summary
from phantom.cli.trust import settle
from phantom.client import Client, Order, TaskView
from phantom.errors import Conflict, Unreachable
from phantom.importing import without_collector
from phantom.settings import Settings
from phantom.vocabulary import TaskStatus


async def run(settings: Settings, order: Order, *, trust: bool | None, as_json: bool) -> ExitCode:
    """Order the task, show it, print how it ended."""
    out = console()
    repository = Path(order.workspace)
    asking = not as_json and sys.stdin.isatty() and sys.stderr.isatty()
    async with _server(settings, repository) as url, Client(url) as client:
        await settle(client, repository, wanted=trust, may_ask=asking)
        task_id = await client.submit(order)
        with interruptible(client, task_id) as interrupted:
            try:
                task = await watch(client, task_id, display(out, silent=as_json))
            except Unreachable as error:
                raise Unreachable(
                    f"The server at {url} is gone; task {task_id} goes on when it is started again."
                ) from error
    if as_json:
        print_json(task.model_dump(mode="json"))
    else:
        print_summary(out, task)
    if interrupted.is_set():
        return ExitCode.INTERRUPTED
    return exit_code(task)


def exit_code(task: TaskView) -> ExitCode:
    """0 only for a completed task."""
    return ExitCode.OK if task.status is TaskStatus.COMPLETED else ExitCode.TASK_FAILED


@contextlib.asynccontextmanager
async def _server(settings: Settings, repository: Path) -> AsyncIterator[str]:
    url = await discovery.find(settings)
    if url is not None:
        yield url
        return
    # A second more, and only where no server runs already.
    with without_collector():
        from phantom.cli import server

    logs.configure("debug" if debugging() else "error", as_json=settings.log_json)
    roots = (*settings.roots, absolute(repository))
    inside = settings.model_copy(
        update={"host": "127.0.0.1", "port": 0, "unix_socket": None, "roots": roots}
    )
    async with server.serving(inside) as served:
        yield served.url


@contextlib.contextmanager
def interruptible(client: Client, task_id: str) -> Iterator[asyncio.Event]:
    """While the block runs, the first Ctrl-C cancels the task and the second ends this process."""
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()
    cancelling: set[asyncio.Task[None]] = set()

    async def cancel() -> None:
        # It may have ended in the same instant, which is as good.
        with contextlib.suppress(Conflict):
            await client.cancel(task_id)

    def asked() -> None:
        if interrupted.is_set():
            os._exit(ExitCode.INTERRUPTED)
        interrupted.set()
        print("\nCancelling the task; Ctrl-C again leaves at once.", file=sys.stderr, flush=True)
        cancelling.add(loop.create_task(cancel()))

    loop.add_signal_handler(signal.SIGINT, asked)
    try:
        yield interrupted
    finally:
        loop.remove_signal_handler(signal.SIGINT)
