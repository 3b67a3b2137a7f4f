"""Which web pages may act here: the defence against cross-site requests, HTTP and WebSocket.

Browsers send no preflight for simple requests and none at all for WebSockets, so the answer's CORS
headers protect nothing: the request itself is refused. An origin is compared whole, port included,
since cookies and `same-site` do not tell http://localhost:9999 from http://localhost:1336. What has
neither `Origin` nor `Sec-Fetch-Site` does not come from a browser and passes.
"""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phantom.security.guard import (
    GUARDED,
    SAFE_METHODS,
    SOCKET_IO_PATH,
    header_values,
    refuse,
)
from phantom.security.hosts import LOOPBACK_HOSTS, host_of

FRONT_ENDS = ("http://localhost:3000", "http://localhost:5173", "http://localhost:1337")
"""Where the reference's front ends are served from."""

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = "Accept, Authorization, Content-Type, If-Match, Last-Event-ID, Prefer"
_RESPONSE_HEADERS = "ETag, Location, Preference-Applied, Retry-After"
_PREFLIGHT_SECONDS = "600"


def own_origins(port: int) -> tuple[str, ...]:
    """The origins of pages that a server on loopback serves itself."""
    return tuple(f"http://{host}:{port}" for host in LOOPBACK_HOSTS)


class OriginGuard:
    """Refuses what comes from a page of another origin; tells browsers who may read answers.

    `allowed` are whole origins: scheme, host and port. A page of the very host and port that the
    request is for (behind a tunnel, say) is the server's own; the host guard has checked that host.
    """

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what an allowed page, or no page, asks for."""
        if scope["type"] not in GUARDED:
            await self._app(scope, receive, send)
            return
        origins = header_values(scope, b"origin")
        origin = origins[0] if len(origins) == 1 and self._is_allowed(origins[0], scope) else None
        if _acts(scope) and not (origin if origins else _is_own_or_no_browser(scope)):
            shown = ", ".join(origins)[:200] or "another site"
            detail = f"Pages of {shown} may not do this; the origin is not one that is allowed."
            await refuse(scope, receive, send, 403, detail)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        elif _is_preflight(scope):
            await self._answer_preflight(scope, receive, send, origin)
        else:
            await self._app(scope, receive, _readable_by(origin, send))

    def _is_allowed(self, origin: str, scope: Scope) -> bool:
        scheme = "https" if scope.get("scheme") in {"https", "wss"} else "http"
        return origin in self._allowed or origin == f"{scheme}://{host_of(scope)}"

    async def _answer_preflight(
        self, scope: Scope, receive: Receive, send: Send, origin: str | None
    ) -> None:
        if origin is None:
            await refuse(scope, receive, send, 403, "Pages of this origin may not call the API.")
            return
        headers = {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        }
        response = Response(status_code=204, headers=headers)
        await response(scope, receive, _readable_by(origin, send))


def _readable_by(origin: str | None, send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header("Origin")
            if origin is not None:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = _RESPONSE_HEADERS
        await send(message)

    return with_headers


def _acts(scope: Scope) -> bool:
    if scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS:
        return True
    return bool(scope["path"] == SOCKET_IO_PATH and not _is_preflight(scope))


def _is_own_or_no_browser(scope: Scope) -> bool:
    return all(
        value in {"same-origin", "none"} for value in header_values(scope, b"sec-fetch-site")
    )


def _is_preflight(scope: Scope) -> bool:
    return (
        scope["method"] == "OPTIONS"
        and bool(header_values(scope, b"origin"))
        and bool(header_values(scope, b"access-control-request-method"))
    )
