"""Where Socket.IO's requests come in: behind the guards like any other, and before the library.

The library is lenient and answers in its own way; what is let through to it here is what it has a
good answer for.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phantom.api.socket_io_frames import acceptable, all_acceptable
from phantom.errors import InvalidInput, PhantomError
from phantom.security.auth import IDENTITY
from phantom.security.guard import refuse

T = TypeVar("T")

LINE = "phantom.socket_io_line"
"""Key in the scope of a WebSocket under which its `Line` stands."""

_VERSION = "4"
_LARGEST_BODY = 65_536
_DISCONNECTED: Message = {"type": "websocket.disconnect", "code": 1006}


class Line:
    """A WebSocket that this side can end, whatever the client does not do.

    A frame that no client sends ends it too, without a word to the library.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._waits: set[asyncio.Timeout] = set()
        self._is_cut = False

    def cut(self) -> None:
        """Let everything that waits for the client fail now, and later attempts as well."""
        if self._is_cut:
            return
        self._is_cut = True
        for wait in self._waits:
            wait.reschedule(0.0)

    async def send(self, message: Message) -> None:
        """As the server's own. Raises TimeoutError where the line is cut."""
        await self._waiting(self._send(message))

    async def receive(self) -> Message:
        """As the server's own; the client is gone where the line is cut."""
        try:
            message = await self._waiting(self._receive())
        except TimeoutError:
            return _DISCONNECTED
        if message["type"] == "websocket.receive" and not acceptable(message.get("text") or ""):
            return _DISCONNECTED
        return message

    async def _waiting(self, work: Awaitable[T]) -> T:
        async with asyncio.timeout(0.0 if self._is_cut else None) as wait:
            self._waits.add(wait)
            try:
                return await work
            finally:
                self._waits.discard(wait)


class Door:
    """Refuses what is no Socket.IO of this server's; `owner` tells who opened a session.

    `owner` raises KeyError where there is no such session.
    """

    def __init__(self, app: ASGIApp, owner: Callable[[str], object]) -> None:
        self._app = app
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what makes sense."""
        try:
            self._check_address(scope)
            if scope["type"] == "http" and scope["method"] == "POST":
                receive = await _checked_body(receive)
        except PhantomError as error:
            await refuse(scope, receive, send, error.status, str(error))
            return
        if scope["type"] == "websocket":
            line = Line(receive, send)
            scope = {**scope, LINE: line}
            receive, send = line.receive, line.send
        await self._app(scope, receive, send)

    def _check_address(self, scope: Scope) -> None:
        """Raise InvalidInput unless protocol, transport and session are as they should be.

        A session is of whoever opened it: its id is no ticket for others.
        """
        query = parse_qs(scope["query_string"].decode("latin-1"))
        transport = "websocket" if scope["type"] == "websocket" else "polling"
        if query.get("transport") != [transport]:
            raise InvalidInput(f"Socket.IO comes here with transport={transport}.")
        if query.get("EIO") != [_VERSION] or "j" in query:
            raise InvalidInput("Clients of Socket.IO 3 and later are served (EIO=4, no JSONP).")
        match query.get("sid", []):
            case []:
                known = scope.get("method") != "POST"
            case [sid]:
                known = self._is_of(sid, scope[IDENTITY])
            case _:
                known = False
        if not known:
            raise InvalidInput("There is no such session (any more); connect anew.")

    def _is_of(self, sid: str, caller: object) -> bool:
        try:
            return self._owner(sid) == caller
        except KeyError:
            return False


async def _checked_body(receive: Receive) -> Receive:
    """Gives the body, which a guard has read whole, once more. Raises InvalidInput."""
    message = await receive()
    body = message.get("body", b"")
    if len(body) > _LARGEST_BODY or not all_acceptable(body):
        raise InvalidInput("The body is not one that a Socket.IO client of this server sends.")
    pending = [message]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
