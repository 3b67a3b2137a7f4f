"""What the guards of the door share: whom they look at, and how they say no."""

from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

GUARDED = frozenset({"http", "websocket"})
"""The kinds of connection that come from outside."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, on any route."""
SOCKET_IO_PATH = "/socket.io/"
"""Where a GET opens and empties sessions, and a POST carries frames as text: so it is guarded as
what acts, and its bodies are not JSON."""
REFUSED = "phantom.refused"
"""Key in the scope under which a refusal leaves its status, for those who count."""


def header_values(scope: Scope, wanted: bytes) -> list[str]:
    """Every value of the header `wanted` (lower case); a doubled header shows as two."""
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


async def refuse(
    scope: Scope,
    receive: Receive,
    send: Send,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Answer `{"detail": detail}`; a handshake gets that answer instead of being accepted."""
    scope[REFUSED] = status
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get(
        "extensions", {}
    ):
        # This server cannot answer a handshake with a body, and makes a bare 403 of this.
        await send({"type": "websocket.close", "code": 1008, "reason": detail[:100]})
        return
    response = JSONResponse({"detail": detail}, status_code=status, headers=headers)
    await response(scope, receive, send)
