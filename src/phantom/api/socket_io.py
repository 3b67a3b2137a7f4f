"""Live updates by Socket.IO, for clients that speak nothing else: the same events, as they happen.

An event is emitted under its `type`, with the JSON of the native WebSocket as its one argument.
Each client listens at the hub on its own, behind a bounded queue; it is cut off where it does not
keep up. The library's own queue has no bound, so nothing is put there while some still waits.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

import structlog
from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError
from engineio.packet import CLOSE, MESSAGE, Packet
from pydantic import JsonValue
from socketio import AsyncServer
from socketio.exceptions import ConnectionRefusedError as Refused
from starlette.datastructures import QueryParams
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from phantom.api import conversation
from phantom.api.conversation import (
    TOO_SLOW,
    Answer,
    ConnectionStatus,
    MessageError,
    event_id,
    existing_channel,
    greeting,
)
from phantom.api.services import Services
from phantom.api.socket_io_door import LINE, Door
from phantom.api.socket_io_frames import event_frame
from phantom.clock import utc_now
from phantom.errors import PhantomError
from phantom.events.hub import GLOBAL, Listener, Wire
from phantom.security.auth import IDENTITY
from phantom.security.guard import SOCKET_IO_PATH

_NAMESPACE = "/"
_AHEAD = 16  # frames that may wait in the library's queue; as many again may be on their way
_CLOSE_SECONDS = 5.0
# Given to the library, which would else put a handler of its own on the process's loggers.
_LIBRARY_LOG = logging.getLogger("phantom.socket_io")
_LIBRARY_LOG.setLevel(logging.ERROR)

_log = structlog.get_logger(__name__)


class SocketIo:
    """The Socket.IO side of one application."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sessions: dict[str, _Session] = {}
        self._server = AsyncServer(
            async_mode="asgi",
            # A client's messages are taken one after the other, and no more while one is answered.
            async_handlers=False,
            # The guards have seen to it.
            cors_allowed_origins=[],
            logger=_LIBRARY_LOG,
            engineio_logger=_LIBRARY_LOG,
        )
        self._server.on("connect", self._connected)
        self._server.on("disconnect", self._disconnected)
        self._server.on("*", self._said)

    def routes(self) -> tuple[Route, WebSocketRoute]:
        """Where it is served."""
        door = Door(self._handle, self._owner)
        return (
            Route(SOCKET_IO_PATH, door, methods=["GET", "POST"], name="socket_io"),
            WebSocketRoute(SOCKET_IO_PATH, door, name="socket_io_websocket"),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Clients are told while the block runs, and let go after it."""
        try:
            yield
        finally:
            for session in list(self._sessions.values()):
                session.end()
            await self._server.shutdown()

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        sid = QueryParams(scope["query_string"]).get("sid")
        socket = self._server.eio.sockets.get(sid)
        if LINE in scope and socket is not None:
            # The session was opened by polling, and goes on here.
            socket.session[LINE] = scope[LINE]
        await self._server.handle_request(scope, receive, send)
        if socket is not None and socket.closed:
            # By this request: the library leaves one waiting that came to fetch what happens.
            socket.queue.put_nowait(None)

    def _owner(self, sid: str) -> object:
        return self._server.environ[sid]["asgi.scope"][IDENTITY]

    async def _connected(
        self, sid: str, environ: Mapping[str, Scope], auth: Mapping[str, JsonValue] | None
    ) -> None:
        """Begin to tell. Raises Refused with the reason."""
        scope = environ["asgi.scope"]
        asked = {**QueryParams(scope["query_string"]), **(auth or {})}
        last = asked.get("last_event_id")
        try:
            channel = await existing_channel(self._services, str(asked.get("channel", GLOBAL)))
            since = event_id(None if last is None else str(last))
        except PhantomError as error:
            raise Refused(str(error)) from error
        engine_sid = self._server.manager.eio_sid_from_sid(sid, _NAMESPACE)
        socket = self._server.eio.sockets[engine_sid]
        if LINE in scope:
            socket.session[LINE] = scope[LINE]
        self._sessions[sid] = session = _Session(self._services, socket)
        # The library confirms the connection before it lets this begin.
        session.begin(channel, since)

    async def _disconnected(self, sid: str, _reason: str) -> None:
        session = self._sessions.pop(sid, None)
        if session is not None:
            session.end()

    async def _said(self, event: str, sid: str, *arguments: JsonValue) -> JsonValue:
        """Answer as the native WebSocket does: by an event, and as the acknowledgement."""
        session = self._sessions.get(sid)
        if session is None:
            return None
        told = arguments[0] if arguments else {}
        if isinstance(told, str):
            told = {"channel": told}
        message = {**told, "type": event} if isinstance(told, dict) else told
        return await session.answer(json.dumps(message))


class _Session:
    """One connected client: a task of its own tells it what happens."""

    def __init__(self, services: Services, socket: AsyncSocket) -> None:
        self._services = services
        self._socket = socket
        self._listener: Listener | None = None
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self, channel: str, since: int | None) -> None:
        """Tell what happened after `since`, and what happens."""
        self._task = asyncio.create_task(self._run(channel, since))

    def end(self) -> None:
        """Tell nothing more, and let go of what waits for the client."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._settled.set()
        self._drop_waiting()
        line = self._socket.session.get(LINE)
        if line is not None and self._socket.closing:
            # One that does not read cannot be told; the connection ends all the same.
            asyncio.get_running_loop().call_later(_CLOSE_SECONDS, line.cut)

    async def answer(self, text: str) -> JsonValue:
        """Answer a message of the client's. Raises EngineIOError where it is gone."""
        await self._settled.wait()
        if self._listener is None:
            return None
        answer = await conversation.answer(self._services, self._listener, text)
        await self._send(answer)
        shown: JsonValue = answer.model_dump(mode="json")
        return shown

    async def _run(self, channel: str, since: int | None) -> None:
        async with self._services.hub.listening(channel, wire=Wire.SOCKET_IO) as listener:
            self._listener = listener
            self._settled.set()
            work = [
                asyncio.create_task(self._tell(listener, channel, since)),
                asyncio.create_task(listener.overflowed.wait()),
            ]
            try:
                await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in work:
                    task.cancel()
                ends = await asyncio.gather(*work, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, EngineIOError):
                _log.error("a Socket.IO client is not told any more", exc_info=end)
        await self._close(MessageError(detail=TOO_SLOW, timestamp=utc_now()))

    async def _tell(self, listener: Listener, channel: str, since: int | None) -> None:
        first = greeting(channel, listener, since)
        await self._send(first)
        hub = self._services.hub
        async with aclosing(hub.deliveries(listener, since=first.last_event_id)) as deliveries:
            async for delivery in deliveries:
                await self._send_event(delivery.type, delivery.text)

    async def _send(self, message: Answer | ConnectionStatus) -> None:
        await self._send_event(message.type, message.model_dump_json())

    async def _send_event(self, name: str, text: str) -> None:
        """Hand one event to the library, once it has room for it."""
        while self._socket.queue.qsize() >= _AHEAD:
            await self._socket.queue.join()
        await self._socket.send(Packet(MESSAGE, event_frame(name, text)))

    async def _close(self, why: MessageError) -> None:
        """Tell the client, where it still reads, that it is dropped; then drop it."""
        self._drop_waiting()
        queue = self._socket.queue
        queue.put_nowait(Packet(MESSAGE, event_frame(why.type, why.model_dump_json())))
        queue.put_nowait(Packet(CLOSE))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await queue.join()
        await self._socket.close(wait=False, abort=True)
        queue.put_nowait(None)  # ends the library's writer

    def _drop_waiting(self) -> None:
        queue = self._socket.queue
        while not queue.empty():
            queue.get_nowait()
            queue.task_done()
