"""A head that never ends is refused before it has taken much."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from phantom.cli.request_heads import MAX_HEAD_BYTES, BoundedHeads

_CHUNK = 65_536
_READ_AT_ONCE = 262_144  # by asyncio


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = f"{size} {len(scope['headers'])}\n".encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Where `echo` is served."""
    config = uvicorn.Config(echo, http=BoundedHeads, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield int(listener.getsockname()[1])
        server.should_exit = True
        await serving


async def answer(port: int, *parts: bytes) -> bytes:
    """What comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with contextlib.suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            return await asyncio.wait_for(reader.read(), 10)
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"GET /", b"GET / HTTP/1.1\r\n"]
)
async def test_a_head_without_end_is_refused(port: int, start: bytes) -> None:
    """In one value, in the address, and in ever more headers; it is not read to its end."""
    filler = b"x: y\r\n" if start.endswith(b"1.1\r\n") else b"y" * 6
    chunk = filler * (_CHUNK // 6)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    writer.write(start)
    with contextlib.suppress(ConnectionError):
        while sent < 64 * _CHUNK and not reader.at_eof():
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0.001)
            sent += len(chunk)
    writer.close()
    # What the buffers of both ends hold was sent, but not read by the server.
    assert sent < 64 * _CHUNK


async def test_the_refusal_is_a_sentence(port: int) -> None:
    """With the status that is made for it."""
    said = await answer(port, b"GET / HTTP/1.1\r\nX: " + b"y" * MAX_HEAD_BYTES)
    assert said.startswith(b"HTTP/1.1 431 ")
    assert said.endswith(b'{"detail":"The headers of the request are larger than 65,536 bytes."}')


async def test_a_long_body_is_no_long_head(port: int) -> None:
    """Nor are several requests over one connection, each with a head within the bound."""
    head = b"POST / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * (MAX_HEAD_BYTES // 2) + b"\r\n"
    body = b"z" * (3 * _READ_AT_ONCE)
    request = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    last = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
    said = await answer(port, request, request, request, last)
    assert 4 == said.count(b"HTTP/1.1 200 OK")
    assert 3 == said.count(b"%d 3\n" % len(body))
