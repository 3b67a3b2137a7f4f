"""Requests per second of the endpoints that are only read, beside a bare FastAPI route.

Run as `./dev bench reads`. A real `phantom serve` over a SQLite file with tasks, and a FastAPI
application of one route that answers with the same JSON, are asked by the same client over the same
number of connections, one after the other. The client writes bytes to sockets and parses nothing,
so that it is not what is measured. The goal is at least a third of the bare route's throughput.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import fastapi
import uvicorn

from bench._scale_fill import Filler
from bench.overhead import free_port, running, serve_command, wait_healthy
from bench.scale import prepare

CONNECTIONS = 16
SECONDS = 4.0
TASKS = 5_000
GOAL = 1 / 3
PATHS = (
    "/api/ws/health",
    "/api/projects",
    "/api/tasks?page_size=20",
    "/api/tasks/{task}",
    "/api/metrics/dashboard",
    "/api/metrics/cost?period=30d",
    "/api/hrm/config/presets",
)


@dataclass(frozen=True)
class Load:
    """What a route did under load: answers per second, and the 99th percentile in ms."""

    rate: float
    p99: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="load on each route")
    options = parser.parse_args()
    print(f"reads: Python {platform.python_version()}, FastAPI {fastapi.__version__}, ", end="")
    print(f"uvicorn {uvicorn.__version__}, {platform.system()} {platform.machine()}, ", end="")
    print(f"{os.cpu_count()} cores, {CONNECTIONS} connections, {TASKS:,} tasks")
    print(f"{'GET':<32}{'bytes':>8}{'req/s':>8}{'p99 ms':>8}{'bare':>8}{'p99 ms':>8}{'share':>8}")
    with tempfile.TemporaryDirectory(prefix="phantom-bench-") as directory:
        home = Path(directory)
        fill(home)
        port = free_port()
        with running(serve_command(home, home, port)):
            wait_healthy(f"http://127.0.0.1:{port}/api/health")
            task = first_task(port)
            for template in PATHS:
                compare(template, port, template.format(task=task), options.seconds)


def compare(name: str, port: int, path: str, seconds: float) -> None:
    """One row: the route, then the bare one with the same JSON."""
    payload = asyncio.run(fetched(port, path))
    ours = asyncio.run(load(port, path, seconds))
    with tempfile.NamedTemporaryFile("wb", suffix=".json") as file:
        file.write(payload)
        file.flush()
        bare_port = free_port()
        command = ["-m", "bench.reads", "--bare", file.name, str(bare_port)]
        with running(command):
            wait_healthy(f"http://127.0.0.1:{bare_port}/")
            bare = asyncio.run(load(bare_port, "/", seconds))
    share = ours.rate / bare.rate
    verdict = "" if share >= GOAL else f"  UNDER {GOAL:.2f}"
    print(
        f"{name:<32}{len(payload):>8}{ours.rate:>8.0f}{ours.p99:>8.1f}"
        f"{bare.rate:>8.0f}{bare.p99:>8.1f}{share:>8.2f}{verdict}",
        flush=True,
    )


def fill(home: Path) -> None:
    """A database with projects and ended tasks."""
    url = f"sqlite:///{home / 'phantom.db'}"
    asyncio.run(prepare(url))
    Filler(url).fill(TASKS)


def first_task(port: int) -> str:
    """The id of some task."""
    answer = json.loads(asyncio.run(fetched(port, "/api/tasks?page_size=1")))
    return str(answer["items"][0]["id"])


async def fetched(port: int, path: str) -> bytes:
    """The body of one answer, which must be a success."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await ask(reader, writer, request(port, path))
    finally:
        writer.close()


async def load(port: int, path: str, seconds: float) -> Load:
    """Ask over all connections at once, each again as soon as it has its answer."""
    await one(port, path, time.perf_counter() + 0.5)  # warm
    until = time.perf_counter() + seconds
    taken = await asyncio.gather(*(one(port, path, until) for _ in range(CONNECTIONS)))
    times = sorted(each for connection in taken for each in connection)
    return Load(len(times) / seconds, times[int(len(times) * 0.99)] * 1000)


async def one(port: int, path: str, until: float) -> list[float]:
    """Seconds of each answer over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked, taken = request(port, path), []
    try:
        while (started := time.perf_counter()) < until:
            await ask(reader, writer, asked)
            taken.append(time.perf_counter() - started)
    finally:
        writer.close()
    return taken


def request(port: int, path: str) -> bytes:
    """The bytes of a request."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> bytes:
    """One answer with a length."""
    writer.write(asked)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head.decode()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


def bare(file: Path, port: int) -> None:
    """Serve the JSON of `file` by one route."""
    content = json.loads(file.read_bytes())
    application = fastapi.FastAPI()

    @application.get("/")
    async def read() -> object:
        return content

    uvicorn.run(application, host="127.0.0.1", port=port, log_config=None, loop="asyncio")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        bare(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
