"""Which `Host` headers are answered."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from phantom.errors import StartupError
from phantom.security.hosts import Host, HostAllowlist, HostGuard, parse
from tests.support.api import exchange

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?", fullmatch=True)
PORTS = st.integers(1, 65535)


@given(NAMES, PORTS)
def test_a_name_with_a_port_is_read_as_both(name: str, port: int) -> None:
    """Every name and every port come back as they were, whatever the case."""
    assert Host(name, port) == parse(f"{name.upper()}:{port}")


@given(st.ip_addresses(v=6), st.none() | PORTS)
def test_an_ipv6_address_is_read_in_its_usual_form(address: object, port: int | None) -> None:
    """Brackets, and one spelling of each address."""
    assert Host(f"[{address}]", port) == parse(str(Host(f"[{address}]", port)))


@given(st.text())
@example("localhost:0")
@example("localhost:")
@example("localhost:65536")
@example("localhost:01336")
@example("localhost:1336:1336")
@example("localhost:١٣")
@example("localhost.")
@example("localhost,evil.example")
@example("user@localhost")
@example("[::1")
@example("[::1%lo]")
@example("[1.2.3.4]")
@example("")
def test_whatever_is_read_is_written_the_same_way(text: str) -> None:
    """A text that is no host gives None, and nothing else is lost on the way."""
    host = parse(text)
    assert host is None or host == parse(str(host))
    assert host is None or text.lower().endswith((host.name, f":{host.port}", "]"))


@given(NAMES, st.none() | PORTS)
def test_only_names_of_the_list_are_on_it(name: str, port: int | None) -> None:
    """A name that merely begins or ends like a known one is not known."""
    known = HostAllowlist(["phantom.example"])
    for host in (Host(f"localhost.{name}", port), Host(f"{name}.localhost", port)):
        assert host not in known


@pytest.mark.parametrize(
    "text",
    [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:1336",
        "[::1]:65535",
        "[0:0:0:0:0:0:0:1]",
        "a.example:9",
    ],
)
def test_loopback_and_configured_names_are_answered_at_any_port(text: str) -> None:
    """A tunnel or a container may show another port than the server's."""
    host = parse(text)
    assert host is not None
    assert host in HostAllowlist(["a.example"])


def test_a_configured_port_is_meant() -> None:
    """`name:port` in the settings admits that port alone."""
    allowed = HostAllowlist(["a.example:8443"])
    assert Host("a.example", 8443) in allowed
    assert Host("a.example", 8444) not in allowed
    assert Host("a.example") not in allowed


@pytest.mark.parametrize("text", ["*", "*.example", "", "a b", "http://a.example", "a.example/"])
def test_a_setting_that_is_no_host_name_stops_the_start(text: str) -> None:
    """There is no wildcard: it would let rebinding in again."""
    with pytest.raises(StartupError, match="allowed_hosts"):
        HostAllowlist([text])


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        ([], 400),
        (["localhost", "localhost"], 400),
        (["localhost", "evil.example"], 400),
        (["localhost:port"], 400),
        (["évil"], 400),
        (["evil.example"], 403),
        (["localhost.evil.example"], 403),
        (["127.0.0.1.nip.example"], 403),
        (["127.1"], 403),
        (["2130706433"], 403),
        (["[::ffff:127.0.0.1]"], 403),
        (["192.168.1.10:1336"], 403),
    ],
)
@pytest.mark.parametrize("method", ["GET", "WEBSOCKET"])
async def test_what_is_not_known_is_refused(hosts: list[str], status: int, method: str) -> None:
    """Missing, doubled, garbled and foreign hosts get a 4xx; no handshake is accepted."""
    guarded = HostGuard(PlainTextResponse("reached"), HostAllowlist([]))
    answer = await exchange(guarded, method, "/", [("Host", host) for host in hosts])
    assert status == answer.status
    assert b'{"detail":' in answer.body
    assert not answer.accepted


async def test_a_known_host_reaches_the_application() -> None:
    """The guard stands in nobody else's way."""
    guarded = HostGuard(PlainTextResponse("reached"), HostAllowlist([]))
    assert b"reached" == (await exchange(guarded, "GET", "/", [("Host", "[::1]:1336")])).body
