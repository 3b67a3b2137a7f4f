"""The HTTP application in tests: served by a real uvicorn on loopback, or called as it is."""

import asyncio
import contextlib
import dataclasses
import socket
import threading
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from pathlib import Path
from typing import Self, TypeVar

import uvicorn
from starlette.types import ASGIApp, Message, Scope

from phantom.api.application import Application, create_api
from phantom.api.services import Services
from phantom.app import Runtime
from phantom.db import migrate
from phantom.events.hub import EventHub
from phantom.settings import Settings

T = TypeVar("T")
_PATIENCE_SECONDS = 15.0


class Server:
    """An application behind a real uvicorn, in a thread with an event loop of its own."""

    def __init__(self, build: Callable[[int], ASGIApp]) -> None:
        self._build = build
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(_PATIENCE_SECONDS), "the server did not start"
        if self._failure is not None:
            raise RuntimeError("the server did not start") from self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self._uvicorn.should_exit = True
        self._thread.join(_PATIENCE_SECONDS)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def ws(self, path: str) -> str:
        """The address of one of its WebSockets."""
        return f"ws://127.0.0.1:{self.port}{path}"

    def run(self, work: Coroutine[None, None, T]) -> T:
        """The result of `work`, done on the server's loop; blocks the caller."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_SECONDS)

    async def arun(self, work: Coroutine[None, None, T]) -> T:
        """The same for a caller that has a loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                self.port = listener.getsockname()[1]
                config = uvicorn.Config(
                    self._build(self.port),
                    log_config=None,
                    timeout_graceful_shutdown=1,
                    ws_ping_interval=None,
                )
                self._uvicorn = uvicorn.Server(config)
                serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]))
                while not self._uvicorn.started and not serving.done():
                    await asyncio.sleep(0.01)
                self._ready.set()
                await serving
                assert self._uvicorn.started, "its lifespan failed; the log has the reason"
        except BaseException as error:  # noqa: BLE001 - the test that waits must hear of it
            self._failure = error
            self._ready.set()


class Edge:
    """The application over a database, with everything but an engine that runs tasks.

    `further` settings are taken over whatever the other arguments say.
    """

    def __init__(
        self,
        home: Path,
        *,
        database_url: str | None = None,
        port: int = 1336,
        allowed_hosts: Sequence[str] = (),
        queue_size: int = 1000,
        idle_seconds: float = 25.0,
        further: Mapping[str, object] | None = None,
    ) -> None:
        settings = Settings.model_validate(
            {
                "home": home,
                "port": port,
                "roots": (home,),
                "database_url": database_url,
                "allowed_hosts": tuple(allowed_hosts),
                **(further or {}),
            }
        )
        wired = Runtime(settings, agents=(), evaluators=()).services
        hub = EventHub(wired.store, queue_size=queue_size, idle_seconds=idle_seconds)
        self.services: Services = dataclasses.replace(wired, hub=hub)
        self.app: Application = create_api(self.services, self.lifespan)

    @contextlib.asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Migrated, and events handed out."""
        await migrate.upgrade(self.services.database)
        await self.services.projects.ensure_ad_hoc()
        hub = asyncio.create_task(self.services.hub.run())
        try:
            yield
        finally:
            hub.cancel()
            await asyncio.gather(hub, return_exceptions=True)
            await self.services.database.close()


@contextlib.contextmanager
def served_edge(home: Path, **options: object) -> Iterator[tuple[Server, Edge]]:
    """An `Edge` behind a server; `options` are those of `Edge`."""
    made: list[Edge] = []

    def build(port: int) -> ASGIApp:
        made.append(Edge(home, port=port, **options))  # type: ignore[arg-type]
        return made[0].app

    with Server(build) as server:
        yield server, made[0]


@dataclasses.dataclass
class Exchange:
    """What an application sent in answer to one request or handshake."""

    sent: list[Message]

    @property
    def accepted(self) -> bool:
        """True where a handshake was accepted."""
        return any(message["type"] == "websocket.accept" for message in self.sent)

    @property
    def status(self) -> int:
        """The status of the answer."""
        start = next(m for m in self.sent if m["type"].endswith("http.response.start"))
        return int(start["status"])

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer, by lower-case name."""
        start = next(m for m in self.sent if m["type"].endswith("http.response.start"))
        return {name.decode(): value.decode() for name, value in start["headers"]}

    @property
    def body(self) -> bytes:
        """The body of the answer."""
        return b"".join(
            m.get("body", b"") for m in self.sent if m["type"].endswith("http.response.body")
        )


async def exchange(
    app: ASGIApp,
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    body: bytes = b"",
    *,
    query: str = "",
) -> Exchange:
    """Call `app` once with exactly these headers; the method `WEBSOCKET` opens a handshake."""
    sent: list[Message] = []
    websocket = method == "WEBSOCKET"
    scope: Scope = {
        "type": "websocket" if websocket else "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "ws" if websocket else "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "server": ("127.0.0.1", 1336),
        "client": ("127.0.0.1", 50000),
        "extensions": {"websocket.http.response": {}} if websocket else {},
    }
    if websocket:
        incoming: list[Message] = [
            {"type": "websocket.connect"},
            {"type": "websocket.disconnect", "code": 1000},
        ]
    else:
        incoming = [
            {"type": "http.request", "body": body, "more_body": False},
            {"type": "http.disconnect"},
        ]

    async def receive() -> Message:
        return incoming.pop(0) if len(incoming) > 1 else incoming[0]

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Exchange(sent)


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Return once `holds()` is true."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            found = holds()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.01)
