"""Who asks: tokens and tickets recognised, roles held against the route, for HTTP and WebSocket.

A token comes in the Authorization header, or in a WebSocket's subprotocol, since a browser cannot
set that header there. It never comes in a URL, which ends in histories and logs; a one-time ticket
may. Stands outside of everything that reads a body.
"""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phantom.errors import InvalidInput, Unauthenticated, Unavailable
from phantom.security.guard import GUARDED, header_values, refuse
from phantom.security.roles import ANONYMOUS, ANYONE, LOCAL, WEBSOCKET, Identity, Role, needed
from phantom.security.tokens import TOKEN

IDENTITY = "phantom.identity"
"""Key in the scope under which the caller's `Identity` stands."""
BEARER_PROTOCOL = "phantom.bearer."
"""What a token is put behind as a subprotocol."""
PROTOCOL = "phantom.v1"
"""The subprotocol that is answered, so that the token is not."""

_SHOW_ONE = (
    "This server wants a token: send it as `Authorization: Bearer TOKEN`. "
    "`phantom token create` on the server's machine makes one."
)
_IN_THE_URL = (
    "A token does not belong in a URL, where logs and histories keep it; send it as "
    "`Authorization: Bearer TOKEN`, and revoke this one."
)


class Authenticator(Protocol):
    """Knows tokens and tickets."""

    async def by_token(self, token: str) -> Identity:
        """Whose token it is. Raises Unauthenticated, and Unavailable where nobody can tell."""

    async def by_ticket(self, ticket: str) -> Identity:
        """Whose ticket it is; that uses it up. Raises as `by_token`."""


class AuthGuard:
    """Refuses who has no token where one is `required` (401), and too low a role (403).

    Where none is required, a caller without one is `local`; who shows one is held to it.
    """

    def __init__(self, app: ASGIApp, authenticator: Authenticator, *, required: bool) -> None:
        self._app = app
        self._authenticator = authenticator
        self._required = required

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on who may, with the caller's identity in the scope."""
        if scope["type"] not in GUARDED:
            await self._app(scope, receive, send)
            return
        method = WEBSOCKET if scope["type"] == "websocket" else scope["method"]
        role = needed(method, scope["path"])
        try:
            identity = await self._identity(scope, role)
        except (InvalidInput, Unauthenticated, Unavailable) as error:
            status, detail = error.status, str(error)
            await refuse(scope, receive, send, status, detail, headers=_challenge(error))
            return
        if role is not ANYONE and not identity.role.includes(role):
            detail = f"This takes the role {role}; the token {identity.name!r} has {identity.role}."
            await refuse(scope, receive, send, 403, detail)
            return
        scope[IDENTITY] = identity
        await self._app(scope, receive, _with_protocol(scope, send))

    async def _identity(self, scope: Scope, role: Role | None) -> Identity:
        if TOKEN.search(scope["query_string"].decode("latin-1")):
            raise InvalidInput(_IN_THE_URL)
        if role is ANYONE:
            # Not looked up, so that health is told even where the database does not answer.
            return ANONYMOUS if self._required else LOCAL
        token, ticket = _token(scope), _ticket(scope)
        if token is not None:
            return await self._authenticator.by_token(token)
        if ticket is not None:
            identity = await self._authenticator.by_ticket(ticket)
            if identity.token_id is None and self._required:
                raise Unauthenticated("The ticket comes from a server that demands no token.")
            return identity
        if self._required:
            raise Unauthenticated(_SHOW_ONE)
        return LOCAL


def _token(scope: Scope) -> str | None:
    """The token that a request shows; of other schemes, a proxy's own say, nothing is thought."""
    found = [
        value.strip()
        for scheme, _, value in (
            header.strip().partition(" ") for header in header_values(scope, b"authorization")
        )
        if scheme.lower() == "bearer"
    ]
    if scope["type"] == "websocket":
        found += [
            each.removeprefix(BEARER_PROTOCOL)
            for each in scope.get("subprotocols", [])
            if each.startswith(BEARER_PROTOCOL)
        ]
    if len(found) > 1:
        raise InvalidInput("The request shows more than one token; send one.")
    return found[0] if found else None


def _ticket(scope: Scope) -> str | None:
    if scope["type"] != "websocket":
        return None
    values = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return values["ticket"][0] if "ticket" in values else None


def _challenge(error: Exception) -> Mapping[str, str] | None:
    if not isinstance(error, Unauthenticated):
        return None
    invalid = ', error="invalid_token"' if str(error) != _SHOW_ONE else ""
    return {"WWW-Authenticate": f'Bearer realm="phantom"{invalid}'}


def _with_protocol(scope: Scope, send: Send) -> Send:
    """Answers one of the subprotocols that were offered: a browser hangs up where none is."""
    offered = scope.get("subprotocols", [])
    chosen = next(
        (each for each in offered if each == PROTOCOL),
        next((each for each in offered if each.startswith(BEARER_PROTOCOL)), None),
    )
    if chosen is None:
        return send

    async def choosing(message: Message) -> None:
        if message["type"] == "websocket.accept":
            message = {**message, "subprotocol": message.get("subprotocol") or chosen}
        await send(message)

    return choosing
