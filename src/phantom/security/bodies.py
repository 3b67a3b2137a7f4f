"""What a request may carry: JSON of bounded size and depth, and nothing else.

A form or `text/plain` body needs no preflight, so any page could send one; JSON cannot be sent that
way. The one exception is Socket.IO, whose frames come as text: there the origin alone gives a page
away. A body is read whole before a route sees it, so that no route has to think of its size.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phantom.security.guard import SAFE_METHODS, SOCKET_IO_PATH, header_values, refuse

MAX_BODY_BYTES = 6_500_000
"""A prompt of 1 MiB, six bytes for each where a client escapes them all, and some room."""
MAX_JSON_DEPTH = 32
_CHECKED_IN_PLACE = 65_536  # a longer body is looked through in a thread
_TYPES, _POLLED = {"application/json"}, {"text/plain"}
_NOT_JSON = "The body must be JSON, sent with Content-Type: application/json."

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class _TooLarge(Exception):
    """The body is longer than it may be."""


class BodyGuard:
    """Refuses bodies that are not JSON (415), too large (413) or too deep (400).

    On every method that may change something; others have no body that anybody reads.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int = MAX_BODY_BYTES,
        max_depth: int = MAX_JSON_DEPTH,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_depth = max_depth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what has an acceptable body, or none."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        types = header_values(scope, b"content-type")
        accepted = _TYPES | _POLLED if scope["path"] == SOCKET_IO_PATH else _TYPES
        if types and (len(types) > 1 or _media_type(types[0]) not in accepted):
            await refuse(scope, receive, send, 415, _NOT_JSON)
            return
        try:
            body = await self._read(scope, receive)
        except _TooLarge:
            detail = f"The body is larger than {self._max_bytes:,} bytes."
            await refuse(scope, receive, send, 413, detail)
            return
        if body is None:
            return
        if body and not types:
            await refuse(scope, receive, send, 415, _NOT_JSON)
            return
        if await self._is_too_deep(body):
            detail = f"The body's JSON is nested deeper than {self._max_depth} levels."
            await refuse(scope, receive, send, 400, detail)
            return
        await self._app(scope, _replaying(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None where the client left before it had sent it."""
        announced = header_values(scope, b"content-length")
        if announced and announced[0].isdigit() and int(announced[0][:20]) > self._max_bytes:
            raise _TooLarge
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            size += len(part)
            if size > self._max_bytes:
                raise _TooLarge
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    async def _is_too_deep(self, body: bytes) -> bool:
        if len(body) <= _CHECKED_IN_PLACE:
            return deeper_than(body, self._max_depth)
        return await asyncio.to_thread(deeper_than, body, self._max_depth)


def deeper_than(body: bytes, limit: int) -> bool:
    """True where lists and objects in `body` are nested in more than `limit` levels.

    Brackets in strings do not count. What is not JSON gets an answer too; the parser refuses it.
    """
    # Whole-body operations only: a loop over what a client sends would hold everybody up.
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"")
    outside_strings = b"".join(unescaped.split(b'"')[::2])
    brackets = outside_strings.translate(_BRACKETS, _NO_BRACKETS)
    for _ in range(limit):
        # Each round takes the innermost level away.
        brackets = brackets.replace(b"[]", b"")
    return b"[]" in brackets or brackets.count(b"[") > limit


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then goes on with what comes from the client."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
