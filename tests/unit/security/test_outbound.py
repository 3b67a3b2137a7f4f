"""The way out: addresses are judged when they are connected to, and answers are bounded."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx2
import pytest

from phantom.errors import InvalidInput
from phantom.security.outbound import MAX_ANSWER_BYTES, Outbound, Refused

Answer = Callable[[asyncio.StreamWriter], None]


class Server:
    """Answers every request with what it is told to, and keeps what came."""

    def __init__(self) -> None:
        self.port = 0
        self.heads: list[str] = []
        self.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        writer.write(self.answer)
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """On loopback."""
    made = Server()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as listening:
        made.port = listening.sockets[0].getsockname()[1]
        yield made


def names(*answers: Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that gives one answer after another, the last one from then on."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def get(outbound: Outbound, url: str) -> httpx2.Response:
    """One request."""
    client = await outbound.client(url)
    return await client.get(url)


async def test_the_judged_address_is_the_one_connected_to(server: Server) -> None:
    """While the request still names the host."""
    outbound = Outbound(["gpu.test"], resolve=names(["127.0.0.1"]))
    answer = await get(outbound, f"http://gpu.test:{server.port}/v1")
    await outbound.aclose()

    assert b"{}" == answer.content
    assert f"host: gpu.test:{server.port}" in server.heads[0].lower()


async def test_a_name_that_changes_its_mind_is_judged_again(server: Server) -> None:
    """First this machine, then the cloud's metadata: the second request is not sent."""
    outbound = Outbound(resolve=names(["127.0.0.1"], ["169.254.169.254"]))
    url = f"http://localhost:{server.port}/v1"
    assert 200 == (await get(outbound, url)).status_code
    with pytest.raises(Refused, match=r"169\.254\.169\.254"):
        await get(outbound, url)
    await outbound.aclose()

    assert 1 == len(server.heads)


@pytest.mark.parametrize(
    ("url", "allowed", "addresses"),
    [
        ("https://api.example.com", (), ["127.0.0.1"]),
        ("https://api.example.com", (), ["10.0.0.7"]),
        ("https://api.example.com", (), ["::ffff:169.254.169.254"]),
        ("https://api.example.com", (), ["64:ff9b::a9fe:a9fe"]),
        ("https://api.example.com", (), ["fe80::1%eth0"]),
        ("https://api.example.com", (), ["93.184.216.34", "169.254.169.254"]),
        ("http://localhost", (), ["93.184.216.34"]),
        ("http://localhost", (), ["10.0.0.7"]),
        ("http://gpu.internal", ("gpu.internal",), ["169.254.169.254"]),
        ("http://gpu.internal", ("gpu.internal",), ["100.100.100.200"]),
    ],
)
async def test_a_name_that_leads_where_it_must_not_is_refused(
    url: str, allowed: Sequence[str], addresses: Sequence[str]
) -> None:
    """Nothing is sent; one wrong address among several is enough."""
    outbound = Outbound(allowed, resolve=names(addresses))
    with pytest.raises(Refused, match="nothing was sent"):
        await get(outbound, url)
    await outbound.aclose()


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://user:password@127.0.0.1/",
        "http://metadata.google.internal/",
        "http://10.0.0.7/",
    ],
)
async def test_what_is_written_is_judged_first(url: str) -> None:
    """As when a connection is stored: it may have been stored under other rules."""
    with pytest.raises(InvalidInput):
        await Outbound().client(url)


async def test_redirects_are_not_followed(server: Server) -> None:
    """Least of all to the metadata service."""
    server.answer = (
        b"HTTP/1.1 307 x\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    )
    outbound = Outbound()
    client = await outbound.client(f"http://127.0.0.1:{server.port}")
    for follow in (False, True):
        with pytest.raises(Refused, match="redirects are not followed"):
            await client.get(f"http://127.0.0.1:{server.port}/", follow_redirects=follow)
    with pytest.raises(Refused, match="alone; nothing was sent"):
        await client.get("http://127.0.0.1:1/")
    await outbound.aclose()

    assert 2 == len(server.heads)


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("content-encoding: gzip", gzip.compress(b"0" * 1_000_000), "asked not to"),
        ("content-type: text/html", b"<html>", "an HTML page"),
        (f"content-length: {MAX_ANSWER_BYTES + 1}", b"", "longer than"),
    ],
)
async def test_an_answer_that_is_none_is_not_read(
    server: Server, head: str, body: bytes, words: str
) -> None:
    """Compressed, a page for people, or too long by its own account."""
    server.answer = f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body
    outbound = Outbound()
    with pytest.raises(Refused, match=words):
        await get(outbound, f"http://127.0.0.1:{server.port}/")
    await outbound.aclose()


async def test_an_answer_that_does_not_end_is_cut_off(server: Server) -> None:
    """At the limit, however it is sent."""
    server.answer = b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MAX_ANSWER_BYTES + 1)
    outbound = Outbound()
    with pytest.raises(Refused, match="not read on"):
        await get(outbound, f"http://127.0.0.1:{server.port}/")
    await outbound.aclose()


async def test_a_name_that_nobody_knows() -> None:
    """Is as if nobody answered: the network may be down."""

    async def nobody(_host: str, _port: int) -> Sequence[str]:
        raise OSError("name or service not known")

    outbound = Outbound(resolve=nobody)
    with pytest.raises(httpx2.ConnectError, match=r"no name server knows api\.example\.com"):
        await get(outbound, "https://api.example.com/")
    await outbound.aclose()
