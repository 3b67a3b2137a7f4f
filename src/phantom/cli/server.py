"""A server in this process: bound, started, announced, and stopped again in bounded time."""

import asyncio
import contextlib
import errno
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp, Message

from phantom.app import create_app
from phantom.cli.configuration import database_errors
from phantom.cli.discovery import announced, url_of
from phantom.cli.exits import ExitCode
from phantom.cli.request_heads import BoundedHeads
from phantom.cli.unix_socket import bind_unix
from phantom.errors import StartupError
from phantom.security.redaction import KNOWN
from phantom.settings import Settings

_DRAIN_SECONDS = 2
_STOP_SECONDS = 8.0
"""What a stop may take besides the wait for steps under way."""
# A client sends pings and subscriptions only.
_LARGEST_MESSAGE = 65_536
_BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers; `settings` hold the port that it really has."""

    url: str
    settings: Settings


async def serve(settings: Settings, ready: Callable[[Served], None]) -> None:
    """Serve until SIGINT or SIGTERM; a second signal ends the process at once.

    Raises StartupError where the server cannot start.
    """
    stop = asyncio.Event()
    with _on_signals(stop):
        async with serving(settings, stopped=stop) as served:
            ready(served)
            # What stands now stays: no later collection has to look through it, while all wait.
            gc.freeze()
            await stop.wait()
            # What is under way is durable: better to go on after a restart than to hang here.
            longest = settings.shutdown_seconds + _STOP_SECONDS
            asyncio.get_running_loop().call_later(longest, os._exit, ExitCode.OK)


@contextlib.asynccontextmanager
async def serving(
    settings: Settings, *, stopped: asyncio.Event | None = None
) -> AsyncIterator[Served]:
    """A server that answers while the block runs; `stopped` is set where it ends by itself.

    Raises StartupError where the server cannot start.
    """
    for url in (settings.database_url, settings.redis_url):
        KNOWN.add_url(url or "")
    async with contextlib.AsyncExitStack() as stack:
        listeners = stack.enter_context(_listening(settings))
        actual = settings.model_copy(update={"port": _port(listeners)})
        with database_errors(settings):
            app = create_app(actual)
            await stack.enter_async_context(_lifespan(app))
        server = _Server(uvicorn_config(app, actual))
        task = asyncio.create_task(server.serve(sockets=listeners))
        if stopped is not None:
            task.add_done_callback(lambda _: stopped.set())
        try:
            while not server.started and not task.done():
                await asyncio.sleep(0.005)
            url = url_of(actual.host, actual.port) if _has_port(settings) else _unix_url(settings)
            with announced(actual.home, url):
                yield Served(url, actual)
        finally:
            server.should_exit = True
            await task


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: those are the command's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def uvicorn_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How the server serves; the lifespan is the caller's."""
    return uvicorn.Config(
        app,
        http=BoundedHeads,
        lifespan="off",
        log_config=None,
        access_log=settings.log_level == "debug",
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        ws_max_size=_LARGEST_MESSAGE,
        # Events are small, and would be compressed anew for each who listens: dearer than sent.
        ws_per_message_deflate=False,
    )


@contextlib.asynccontextmanager
async def _lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """The application started, and stopped after the block.

    Uvicorn would turn a failed start into a log line and an exit; here it is the application's
    own exception.
    """
    started = asyncio.Event()
    to_app: asyncio.Queue[Message] = asyncio.Queue()

    async def send(message: Message) -> None:
        if message["type"] == "lifespan.startup.complete":
            started.set()

    scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
    running = asyncio.ensure_future(app(scope, to_app.get, send))
    starting = asyncio.create_task(started.wait())
    to_app.put_nowait({"type": "lifespan.startup"})
    await asyncio.wait((running, starting), return_when=asyncio.FIRST_COMPLETED)
    if not started.is_set():
        starting.cancel()
        await running
        raise StartupError("the application ended before it had started")
    try:
        yield
    finally:
        to_app.put_nowait({"type": "lifespan.shutdown"})
        await running


def _has_port(settings: Settings) -> bool:
    """True unless a Unix socket was asked for, and no port beside it."""
    return settings.unix_socket is None or "port" in settings.model_fields_set


def _unix_url(settings: Settings) -> str:
    return f"unix://{settings.unix_socket}"


def _port(listeners: Sequence[socket.socket]) -> int:
    """The port that is listened on; 0 where there is none."""
    ports = [each.getsockname()[1] for each in listeners if each.family != socket.AF_UNIX]
    return int(ports[0]) if ports else 0


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[list[socket.socket]]:
    """Everything that is listened on; closed, and a Unix socket removed, after the block."""
    with contextlib.ExitStack() as stack:
        listeners = []
        if _has_port(settings):
            listener = _bind(settings.host, settings.port)
            listeners.append(stack.enter_context(contextlib.closing(listener)))
        if settings.unix_socket is not None:
            listener = bind_unix(settings.unix_socket)
            stack.callback(settings.unix_socket.unlink, missing_ok=True)
            listeners.append(stack.enter_context(contextlib.closing(listener)))
        yield listeners


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise StartupError(f"the address {host!r} is not one of this machine: {error}") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        # Listening at once: another server that binds the same port is told now, not later.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StartupError(_why_not_bound(host, port, error)) from error
    return listener


def _why_not_bound(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is taken by another program. "
            "Stop that one, or start with --port NUMBER (0 takes a free one)."
        )
    if error.errno == errno.EACCES:
        return f"port {port} needs rights that this user has not; choose one above 1023."
    return f"cannot listen on {host}:{port}: {error.strerror}."


@contextlib.contextmanager
def _on_signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        if stop.is_set():
            # Nothing is lost: the next start goes on after the last finished step.
            os._exit(128 + number)
        stop.set()

    handled = (signal.SIGINT, signal.SIGTERM)
    for number in handled:
        loop.add_signal_handler(number, asked, number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
