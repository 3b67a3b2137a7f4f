"""The guard that keeps every test on loopback."""

import ipaddress
import sys


class LeftLoopback(OSError):
    """A test tried to reach another machine."""


class NetworkGuard:
    """Refuses, for this whole process, to connect to or look up anything but loopback.

    An audit hook sees every socket of the interpreter, whichever library opens it.

    Attributes:
        attempts: what was refused, so that a swallowed error still fails the test.
    """

    def __init__(self) -> None:
        self.attempts: list[str] = []

    def install(self) -> None:
        """Begin; an audit hook cannot be removed."""
        sys.addaudithook(self._audit)

    def _audit(self, event: str, args: tuple[object, ...]) -> None:
        if event in ("socket.connect", "socket.sendto"):
            address = args[1]
            if isinstance(address, tuple) and not _is_loopback(str(address[0])):
                self._refuse(f"{event} {address[0]}")
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            name = args[0].decode() if isinstance(args[0], bytes) else args[0]
            if isinstance(name, str) and not _needs_no_resolver(name):
                self._refuse(f"{event} {name}")

    def _refuse(self, what: str) -> None:
        self.attempts.append(what)
        raise LeftLoopback(f"a test must stay on loopback, but tried {what}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def _needs_no_resolver(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name in ("", "localhost")
    return True
