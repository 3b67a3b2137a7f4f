"""The way out to the endpoints of connections: every address is judged when it is connected to.

What a name resolves to can change between the moment an operator wrote it down and the moment
somebody connects, so the addresses are looked up here, each is judged, and the connection is made
to exactly the one that was judged (`phantom.security.pinned`). A client is good for one origin: it
sends nothing anywhere else, whatever an answer says.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phantom.errors import PhantomError
from phantom.security.endpoints import Endpoint, Reach, check_endpoint, judge_address

if TYPE_CHECKING:  # a tenth of a second, which only who connects should pay
    import httpx2

MAX_ANSWER_BYTES = 64_000_000
"""Of one answer's body. Nothing is decompressed: answers are asked for plain, and taken so only."""
CONNECT_SECONDS = 10.0
READ_SECONDS = 600.0
"""The longest silence inside an answer; a call's own clocks are usually shorter."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name. Raises OSError where there are none."""


class Refused(PhantomError):
    """Nothing was sent, or the answer was not read on; says why and what to do."""

    status = 502


async def resolved(host: str, port: int) -> list[str]:
    """What the system's resolver knows."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Destination:
    """An origin that may be connected to.

    Attributes:
        allowed: true where the operator's `allowed_endpoints` names the host.
    """

    endpoint: Endpoint
    allowed: bool
    resolve: Resolve = resolved

    async def addresses(self) -> list[str]:
        """Where to connect, in order of preference.

        Raises Refused where one of the addresses may not be connected to, and OSError where there
        are none.
        """
        host = self.endpoint.host
        found = [host] if _is_address(host) else await self.resolve(host, self.endpoint.port)
        for text in found:
            reach = judge_address(ipaddress.ip_address(text))
            if not self._may(reach):
                raise Refused(
                    f"The name {host} leads to {text}, which is {_NAMES[reach]}; nothing was sent. "
                    f"{_remedy(reach)}"
                )
        return list(found)

    def _may(self, reach: Reach) -> bool:
        if reach is Reach.FORBIDDEN:
            return False
        if self.allowed:
            return True
        # A public name must not lead inside, nor plain http outside.
        return reach is self.endpoint.reach and reach is not Reach.PRIVATE


class Outbound:
    """HTTP clients, one for each origin, kept until `aclose`.

    `allowed_hosts` are the private hosts that the operator admits.
    """

    def __init__(self, allowed_hosts: Sequence[str] = (), *, resolve: Resolve = resolved) -> None:
        self._allowed = tuple(allowed_hosts)
        self._resolve = resolve
        self._clients: dict[Endpoint, httpx2.AsyncClient] = {}
        self._trust: ssl.SSLContext | None = None
        self._making = asyncio.Lock()

    async def client(self, url: str, *, port: int | None = None) -> "httpx2.AsyncClient":
        """The client for the origin of `url`. Raises InvalidInput where it may not be used."""
        endpoint = check_endpoint(url, port=port, allowed_hosts=self._allowed)
        async with self._making:
            if endpoint not in self._clients:
                # Reading the certificates that are trusted takes a while.
                self._clients[endpoint] = await asyncio.to_thread(self._made, endpoint)
        return self._clients[endpoint]

    def _made(self, endpoint: Endpoint) -> "httpx2.AsyncClient":
        from phantom.security.pinned import client

        self._trust = self._trust or ssl.create_default_context()
        allowed = endpoint.host in {host.strip("[]").lower() for host in self._allowed}
        return client(Destination(endpoint, allowed, self._resolve), self._trust)

    async def aclose(self) -> None:
        """Close every connection."""
        for each in self._clients.values():
            await each.aclose()
        self._clients.clear()


_NAMES = {
    Reach.LOOPBACK: "this machine itself",
    Reach.PRIVATE: "in a private network",
    Reach.PUBLIC: "on the internet",
    Reach.FORBIDDEN: "link-local, a metadata service or reserved",
}


def _remedy(reach: Reach) -> str:
    if reach is Reach.FORBIDDEN:
        return "No provider is there; look at the endpoint, and at the name server."
    return "Name the host in the setting allowed_endpoints if that is right."


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
