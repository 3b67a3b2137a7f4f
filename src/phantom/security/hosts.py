"""Which `Host` names are answered: the defence against DNS rebinding.

A page of evil.example whose name resolves to 127.0.0.1 counts as same-origin for the browser; only
the `Host` header gives it away. So whatever is not known by name is refused, for every HTTP request
and every WebSocket handshake, before anything else looks at it.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from phantom.errors import StartupError
from phantom.security.guard import GUARDED, header_values, refuse

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

_HOST = re.compile(
    r"(?P<name>[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
)
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Host:
    """A host name or address in its usual form (IPv6 in brackets), and the port if there is one."""

    name: str
    port: int | None = None

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"


def parse(text: str) -> Host | None:
    """`text` as a host with an optional port, or None for anything else."""
    match = _HOST.fullmatch(text.lower()) if text.isascii() else None
    if match is None:
        return None
    name, port = match["name"], int(match["port"]) if match["port"] else None
    if port is not None and port > _HIGHEST_PORT:
        return None
    if name.startswith("["):
        try:
            name = f"[{ipaddress.IPv6Address(name[1:-1])}]"
        except ipaddress.AddressValueError:
            return None
    return Host(name, port)


def is_loopback(address: str) -> bool:
    """True where a server that listens on `address` is reached from this machine alone."""
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost"


def hosts_of_address(address: str) -> tuple[str, ...]:
    """The `Host` that clients name when they connect to `address` itself; none for "any"."""
    try:
        parsed = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return (address,) if parse(address) else ()
    if parsed.is_unspecified:
        return ()
    return (f"[{parsed}]" if parsed.version == 6 else str(parsed),)


class HostAllowlist:
    """The hosts that are answered.

    Loopback names are answered at any port, since a tunnel or a container may show another one;
    `further` names likewise, or at one port where it says so. There is no wildcard.

    Raises StartupError where `further` holds anything else.
    """

    def __init__(self, further: Iterable[str]) -> None:
        self._hosts = {Host(name) for name in LOOPBACK_HOSTS}
        for text in further:
            host = parse(text)
            if host is None:
                raise StartupError(
                    f"{text!r} in allowed_hosts is not a host name; give names such as "
                    "phantom.example or phantom.example:8443, without a wildcard."
                )
            self._hosts.add(host)

    def __contains__(self, host: Host) -> bool:
        return host in self._hosts or Host(host.name) in self._hosts


class HostGuard:
    """Refuses requests whose `Host` is missing, doubled, garbled or not on the list."""

    def __init__(self, app: ASGIApp, allowed: HostAllowlist) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what names a host of the list."""
        if scope["type"] in GUARDED:
            host = host_of(scope)
            if host is None:
                await refuse(
                    scope, receive, send, 400, "The request needs exactly one valid Host header."
                )
                return
            if host not in self._allowed:
                await refuse(
                    scope,
                    receive,
                    send,
                    403,
                    f"This server does not answer to the host name {host.name}. "
                    "Start it with --allowed-host NAME to have it do so.",
                )
                return
        await self._app(scope, receive, send)


def host_of(scope: Scope) -> Host | None:
    """The host that a request names, or None where it does not name exactly one."""
    values = header_values(scope, b"host")
    return parse(values[0]) if len(values) == 1 else None
