"""How fast and how surely events reach those who listen: `./dev bench realtime`.

Three parts on one server, which is served as `phantom serve` does; the clients are processes of
their own, and every latency counts from before the event is stored to when a client has parsed it.

1. The native WebSocket beside Socket.IO: the same events, at the same time, to as many clients of
   each, by the official Python client of Socket.IO and by `websockets`. The result is kept in the
   home, with its date, and shown by `/api/ws/health`.
2. 500 WebSockets and one that never reads: when an event has reached all (limit: 250 ms p99).
3. 10,000 events and a client that reconnects every second: none lost, none doubled, in order.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import resource
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from importlib.metadata import version
from pathlib import Path

import uvicorn
from websockets.asyncio.client import connect

from bench._realtime_clients import END
from phantom import __version__
from phantom.api.services import Services
from phantom.app import create_app
from phantom.cli.server import uvicorn_config
from phantom.clock import utc_now
from phantom.events.comparison import Comparison
from phantom.events.hub import GLOBAL, project_channel
from phantom.events.types import SystemAlert
from phantom.projects.service import AD_HOC_ID
from phantom.settings import Settings
from phantom.vocabulary import Severity

LIMIT_MS = 250.0
_ROUNDS = 5
_PER_ROUND = 60
_COMPARED = 20
_COMPARED_PER_SECOND = 10
_CROWD_PER_SECOND = 4
_NOT_COUNTED = 10
_OTHERS_PER_SECOND = 30
_FILES = 4096
_EVENT, _LARGE_EVENT = 800, 8_000  # characters

Figures = dict[str, list[float]]


class Bench:
    """A server in this process, and what makes events happen in it."""

    def __init__(self, url: str, services: Services) -> None:
        self.url = url
        self.services = services

    @property
    def ws(self) -> str:
        """The address of the channel of all events."""
        return self.url.replace("http", "ws", 1) + "/ws"

    async def tell(self, message: str, project: str | None = None) -> None:
        """One event, of a project where given."""
        event = SystemAlert(message=message, severity=Severity.INFO)
        await self.services.store.emit(event, project_id=project)

    async def tell_steadily(
        self,
        number: int,
        per_second: float,
        project: str | None = None,
        *,
        size: int = _EVENT,
    ) -> list[float]:
        """So many events that tell when they were sent, evenly; how long each took to be stored."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        stored = []
        for each in range(number):
            await asyncio.sleep(begun + each / per_second - loop.time())
            sent = time.monotonic_ns()
            await self.tell(f"{sent} {'x' * size}", project)
            stored.append((time.monotonic_ns() - sent) / 1e6)
        return stored


@contextlib.asynccontextmanager
async def served(home: Path) -> AsyncIterator[Bench]:
    """A server over an empty database."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        port = listener.getsockname()[1]
        settings = Settings(home=home, roots=(home,), port=port)
        app = create_app(settings, agents=(), evaluators=())
        config = uvicorn_config(app, settings)
        config.lifespan = "on"
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        try:
            yield Bench(f"http://127.0.0.1:{port}", app.api.state.services)
        finally:
            server.should_exit = True
            await serving


class Crowd:
    """Clients in a process of their own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def come(cls, wire: str, bench: Bench, count: int, channel: str = GLOBAL) -> "Crowd":
        """All of them connected."""
        listen = ("-m", "bench._realtime_clients", wire, bench.url, channel, str(count))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *listen),
            stdout=asyncio.subprocess.PIPE,
            limit=2**26,
        )
        crowd = cls(process)
        assert await crowd._line() == "ready"
        return crowd

    async def _line(self) -> str:
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()

    async def figures(self) -> Figures:
        """What they measured, once they have seen the end."""
        text = await self._line()
        assert await self._process.wait() == 0, "a client failed; its words are above"
        figures: Figures = json.loads(text)
        return figures


async def compared(bench: Bench) -> Comparison:
    """Part 1."""
    wires = ("native", "socket_io", "polling")
    crowds = [await Crowd.come(wire, bench, _COMPARED) for wire in wires]
    await bench.tell_steadily(
        _PER_ROUND, _COMPARED_PER_SECOND
    )  # the first are slow, and not counted
    await bench.tell_steadily(_ROUNDS * _PER_ROUND, _COMPARED_PER_SECOND)
    await bench.tell(END)
    found = dict(zip(wires, [await crowd.figures() for crowd in crowds], strict=True))
    medians = {wire: figures["median"][_PER_ROUND:] for wire, figures in found.items()}
    print("| Protocol | p50 | p99 |\n|---|---|---|")
    for wire, name in zip(
        wires, ("native WebSocket", "Socket.IO, WebSocket", "Socket.IO, polling"), strict=True
    ):
        p50, p99 = quantiles(medians[wire])
        print(f"| {name} | {p50:.2f} ms | {p99:.2f} ms |", flush=True)
    gains = []
    for start in range(0, _ROUNDS * _PER_ROUND, _PER_ROUND):
        ours, theirs = (
            statistics.median(medians[wire][start : start + _PER_ROUND]) for wire in wires[:2]
        )
        gains.append(round((1 - ours / theirs) * 100))
    return Comparison(
        measured_at=utc_now(),
        version=__version__,
        native_ms=round(statistics.median(medians["native"]), 3),
        socket_io_ms=round(statistics.median(medians["socket_io"]), 3),
        lowest=min(gains),
        highest=max(gains),
        clients=_COMPARED,
        events=_ROUNDS * _PER_ROUND,
    )


async def crowded(bench: Bench, clients: int, events: int) -> None:
    """Part 2."""
    hub = bench.services.hub
    before = hub.cut_off
    async with never_reading(bench):
        crowd = await Crowd.come("native", bench, clients, project_channel(AD_HOC_ID))
        await bench.tell_steadily(_NOT_COUNTED, _CROWD_PER_SECOND, AD_HOC_ID)
        # What the crowd does not listen to: it fills the queue of the one that does not read.
        others = asyncio.create_task(
            bench.tell_steadily(
                events * _OTHERS_PER_SECOND // _CROWD_PER_SECOND,
                _OTHERS_PER_SECOND,
                size=_LARGE_EVENT,
            )
        )
        stored = await bench.tell_steadily(events, _CROWD_PER_SECOND, AD_HOC_ID)
        await others
        await bench.tell(END, AD_HOC_ID)
        last = (await crowd.figures())["last"][_NOT_COUNTED:]
        dropped = hub.cut_off - before
    p50, p99 = quantiles(last)
    verdict = "within" if p99 <= LIMIT_MS else "OVER"
    print(f"\n{clients} WebSockets, {events:,} events, {_CROWD_PER_SECOND} a second and ", end="")
    print(f"{_OTHERS_PER_SECOND} of others beside, until the last client has it:")
    print(f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, worst {max(last):.0f} ms, of which ", end="")
    storing = quantiles(stored)
    print(f"storing it took p50 {storing[0]:.0f} ms, p99 {storing[1]:.0f} ms; ", end="")
    print(
        f"{verdict} {LIMIT_MS:.0f} ms. Clients cut off: {dropped}, of 1 that never read.",
        flush=True,
    )


@contextlib.asynccontextmanager
async def never_reading(bench: Bench) -> AsyncIterator[None]:
    """A client that connects, with the smallest buffer there is, and never reads."""
    with socket.socket() as mute:
        mute.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        mute.setblocking(False)
        host, port = bench.url.removeprefix("http://").split(":")
        loop = asyncio.get_running_loop()
        await loop.sock_connect(mute, (host, int(port)))
        handshake = (
            f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await loop.sock_sendall(mute, handshake.encode())
        yield


async def reconnecting(bench: Bench, events: int) -> None:
    """Part 3."""
    store = bench.services.store
    start = await store.last_seq()
    telling = asyncio.create_task(bench.tell_steadily(events, 500))
    got: list[int] = []
    connections = 0
    while not got or got[-1] < start + events:
        connections += 1
        since = got[-1] if got else start
        with contextlib.suppress(TimeoutError):
            async with (
                asyncio.timeout(1),
                connect(f"{bench.ws}?last_event_id={since}", proxy=None) as client,
            ):
                while not got or got[-1] < start + events:
                    event = json.loads(await client.recv())
                    if event["type"] == "system_alert":
                        got.append(event["id"])
    await telling
    lost = len(set(range(start + 1, start + events + 1)) - set(got))
    print(
        f"\n{events:,} events, a client that reconnects every second ({connections} times): ",
        end="",
    )
    print(f"{lost} lost, {len(got) - len(set(got))} doubled, ", end="")
    print("in order." if got == sorted(got) else "NOT in order.", flush=True)


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


async def run(options: argparse.Namespace) -> None:
    """All parts that are wanted."""
    with tempfile.TemporaryDirectory() as directory:
        async with served(Path(directory)) as bench:
            if "compare" in options.parts:
                result = await compared(bench)
                kept = result.keep(options.home)
                print(f"\nnative: {result.improvement}, kept in {kept}", flush=True)
            if "crowd" in options.parts:
                await crowded(bench, options.clients, options.events)
            if "reconnect" in options.parts:
                await reconnecting(bench, 10_000)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--home", type=Path, default=Settings().home, help="where it is kept")
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--events", type=int, default=200, help="of the second part")
    parts = ("compare", "crowd", "reconnect")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, most), most))
    print(
        f"realtime: Python {platform.python_version()}, uvicorn {version('uvicorn')}, "
        f"websockets {version('websockets')}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores\n"
    )
    asyncio.run(run(options))


if __name__ == "__main__":
    main()
