"""Which addresses of providers may be configured: the defence against server-side request forgery.

Judged by what is written, without asking a name server. Who connects asks `judge_address` again
about the address that the name turned out to have.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from phantom.errors import InvalidInput

MAX_LENGTH = 2000
"""Characters of an endpoint."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reach(StrEnum):
    """How far an address lies from this machine; decides what may be sent to it, and how."""

    LOOPBACK = "loopback"
    """This machine: http and https."""
    PRIVATE = "private"
    """A network of the operator's own: only where `allowed_endpoints` names the host."""
    PUBLIC = "public"
    """The internet: https only."""
    FORBIDDEN = "forbidden"
    """Link-local, metadata, multicast, reserved: never, whatever the configuration says."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An accepted endpoint, taken apart.

    Attributes:
        host: name or address in its usual form, an IPv6 address without brackets.
        port: the one that is connected to, the scheme's own where none was written.
    """

    scheme: str
    host: str
    port: int
    reach: Reach


_DEFAULT_PORTS = {"http": 80, "https": 443}
_NETLOC = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(:[0-9]+)?")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Addresses at which clouds hand out credentials, besides the link-local ones.
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")
)
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.goog", "metadata.google.internal", "instance-data"}
)
_METADATA_SUFFIXES = (".metadata.google.internal", ".metadata.goog", "instance-data.ec2.internal")
# Names that no public name server knows (RFC 6761, 6762, 8375, ICANN's `internal`, and habit).
_PRIVATE_SUFFIXES = (
    ".local",
    ".internal",
    ".lan",
    ".home",
    ".corp",
    ".intranet",
    ".private",
    ".home.arpa",
    ".test",
    ".invalid",
    ".onion",
)
_SHARED = ipaddress.ip_network("100.64.0.0/10")  # carrier-grade NAT
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_V4_COMPATIBLE = ipaddress.ip_network("::/96")


def check_endpoint(
    url: str, *, port: int | None = None, allowed_hosts: Sequence[str] = ()
) -> Endpoint:
    """The parts of `url`, a base address that Phantom may send a provider's key to.

    `port` is what the connection names beside the URL, `allowed_hosts` the private hosts that the
    operator admits. Raises InvalidInput, with a sentence that says what to do instead.
    """
    scheme, host, written = _parts(url)
    if port is not None and written is not None and port != written:
        raise InvalidInput(
            f"The endpoint names port {written}, but `port` is {port}; leave one of them out."
        )
    reach = _reach(host)
    allowed = host in {_bare(each) for each in allowed_hosts}
    if reach is Reach.FORBIDDEN:
        raise InvalidInput(
            f"The endpoint's host {host} is link-local, a metadata service or reserved; "
            "no provider is there, and nothing is sent to it."
        )
    if reach is Reach.PRIVATE and not allowed:
        raise InvalidInput(
            f"The endpoint's host {host} is in a private network; "
            "name it in the setting allowed_endpoints to use it."
        )
    if reach is Reach.PUBLIC and scheme == "http" and not allowed:
        raise InvalidInput(
            f"The endpoint {host} must be reached by https; "
            "plain http is for this machine and for hosts in the setting allowed_endpoints."
        )
    return Endpoint(scheme, host, port or written or _DEFAULT_PORTS[scheme], reach)


def judge_address(address: Address) -> Reach:
    """Where `address` lies; an IPv4 address inside an IPv6 one is taken out and judged too."""
    verdicts = [_reach_of_one(each) for each in (address, *_embedded(address))]
    for verdict in (Reach.FORBIDDEN, Reach.PRIVATE, Reach.LOOPBACK):
        if verdict in verdicts:
            return verdict
    return Reach.PUBLIC


def _parts(url: str) -> tuple[str, str, int | None]:
    if not url or len(url) > MAX_LENGTH:
        raise InvalidInput(f"The endpoint must be a URL of 1 to {MAX_LENGTH} characters.")
    # Browsers, libraries and proxies read these in different ways; a plain URL has none of them.
    if not url.isascii() or not url.isprintable() or any(mark in url for mark in ' \\"<>^`{|}'):
        raise InvalidInput(
            "The endpoint holds a space, a backslash or another character that a URL may not hold; "
            "write a host name with other letters in its xn-- form."
        )
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise InvalidInput("The endpoint is not a URL; write it as https://host/path.") from None
    if split.scheme not in _DEFAULT_PORTS or not split.netloc:
        raise InvalidInput("The endpoint must begin with https:// (or http:// for this machine).")
    if "@" in split.netloc:
        raise InvalidInput(
            "The endpoint must not hold a user name or password; store a key and name it in "
            "`api_key_id`."
        )
    if "?" in url or "#" in url:
        raise InvalidInput("The endpoint is a base address: it has no ? and no #.")
    if port == 0 or split.netloc.endswith(":"):
        raise InvalidInput("The endpoint's port must be 1 to 65535, or be left out with its colon.")
    if not _NETLOC.fullmatch(split.netloc):
        raise InvalidInput("The endpoint's host is not a host name or address.")
    return split.scheme, _host(split.hostname or "", in_brackets="[" in split.netloc), port


def _host(text: str, *, in_brackets: bool) -> str:
    if in_brackets:
        try:
            return str(ipaddress.IPv6Address(text))
        except ipaddress.AddressValueError:
            raise InvalidInput(f"The endpoint's host [{text}] is not an IPv6 address.") from None
    host = text.removesuffix(".")
    labels = host.split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidInput("The endpoint's host is not a host name or address.")
    if _NUMBER.fullmatch(labels[-1]):
        # Resolvers take 2130706433, 0x7f.1 and 0177.0.0.1 for 127.0.0.1; a person hardly does.
        try:
            return str(ipaddress.IPv4Address(host))
        except ipaddress.AddressValueError:
            raise InvalidInput(
                f"The endpoint's host {host} is an address in an unusual form; "
                "write it as four decimal numbers, such as 127.0.0.1."
            ) from None
    return host


def _reach(host: str) -> Reach:
    try:
        return judge_address(ipaddress.ip_address(host))
    except ValueError:
        return _reach_of_name(host)


def _reach_of_name(name: str) -> Reach:
    if name in _METADATA_NAMES or f".{name}".endswith(_METADATA_SUFFIXES):
        return Reach.FORBIDDEN
    if name == "localhost" or name.endswith(".localhost"):
        return Reach.LOOPBACK
    if "." not in name or name.endswith(_PRIVATE_SUFFIXES):
        return Reach.PRIVATE
    return Reach.PUBLIC


def _reach_of_one(address: Address) -> Reach:
    if address.is_loopback:
        return Reach.LOOPBACK
    if (
        address in _METADATA_ADDRESSES
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
    ):
        return Reach.FORBIDDEN
    if _embedded(address):
        return Reach.PUBLIC  # only a wrapping: what is inside decides
    if address.is_reserved:
        return Reach.FORBIDDEN
    private = address.is_private or address in _SHARED or address in _SITE_LOCAL
    return Reach.PRIVATE if private else Reach.PUBLIC


def _embedded(address: Address) -> list[ipaddress.IPv4Address]:
    """IPv4 addresses that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64, compatible."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found = [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    if address.teredo is not None:
        found.extend(address.teredo)
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    translated = address in _NAT64 or address in _NAT64_LOCAL
    compatible = address in _V4_COMPATIBLE and int(address) > 1
    return [*found, low] if translated or compatible else found


def _bare(host: str) -> str:
    """A host of the configuration in the form that `Endpoint.host` has."""
    return host.strip().lower().removeprefix("[").removesuffix("]").removesuffix(".")
