"""What Phantom itself costs: start, memory, time per iteration, tasks per second.

Run as `./dev bench overhead`. Agent and evaluator take no time here, so all of it is Phantom's: the
private clone, the durable steps, the rows, the events, git. Each figure stands beside its limit.

A rate depends on the machine and on what else it does, so the bare engine runs as well: workflows
of eight empty steps, by the same engine with the same settings and nothing around it.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
from dbos import DBOS

from bench import _noop
from phantom.api.services import Services
from phantom.db.database import async_url
from phantom.db.models import Task
from phantom.engine.durable import Engine
from phantom.tasks.service import Order
from phantom.vocabulary import TaskType
from tools.postgres import PostgresServer

STARTS = 5
TASKS = 120
ITERATIONS = 4


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tasks", type=int, default=TASKS)
    options = parser.parse_args()
    print(
        f"overhead: Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, ", end=""
    )
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    print(f"{'what':<58}{'measured':>12}{'limit':>12}")
    with tempfile.TemporaryDirectory(prefix="phantom-bench-") as directory:
        root = Path(directory)
        repository = make_repository(root / "repository")
        row("phantom --help, median", help_seconds() * 1000, "ms", "< 300")
        start, memory = serve_figures(root)
        row("phantom serve to healthy, median of warm starts", start, "s", "< 3")
        row("memory of phantom serve at rest (RSS)", memory, "MB", "< 180")
        sqlite = asyncio.run(iterations(root / "a", repository, None))
        row("per iteration, SQLite, without agent and evaluation", sqlite * 1000, "ms", "< 150")
        bare = asyncio.run(bare_engine(root / "engine", options.tasks))
        row("bare engine, workflows of eight empty steps, SQLite", bare, "/s", "")
        rate = asyncio.run(throughput(root / "b", repository, None, options.tasks, workers=1))
        row("tasks per second, SQLite, one process", rate, "/s", ">= 15")
        with PostgresServer() as server, server.database() as url:
            rate = asyncio.run(throughput(root / "c", repository, url, options.tasks, workers=2))
        row("tasks per second, PostgreSQL, two workers", rate, "/s", ">= 30")


def row(what: str, value: float, unit: str, limit: str) -> None:
    """One line of the table."""
    print(f"{what:<58}{value:>9.1f} {unit:<3}{limit:>11}", flush=True)


def help_seconds() -> float:
    """Wall time of `phantom --help`, the median of some runs after a warm-up."""
    walls = []
    for _ in range(STARTS + 1):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "phantom", "--help"], check=True, stdout=subprocess.DEVNULL
        )
        walls.append(time.perf_counter() - started)
    return statistics.median(walls[1:])


def serve_figures(root: Path) -> tuple[float, float]:
    """Seconds from spawn to a healthy answer, and megabytes at rest; medians of warm starts."""
    starts, sizes = [], []
    for number in range(STARTS + 1):
        port = free_port()
        started = time.perf_counter()
        with running(serve_command(root / "serve", root, port)) as process:
            wait_healthy(f"http://127.0.0.1:{port}/api/health")
            starts.append(time.perf_counter() - started)
            time.sleep(1.0 if number else 0.0)
            sizes.append(psutil.Process(process.pid).memory_info().rss / 1e6)
    return statistics.median(starts[1:]), statistics.median(sizes[1:])


def free_port() -> int:
    """A port that nobody listens on."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    return port


def serve_command(home: Path, root: Path, port: int) -> list[str]:
    """What starts a real server, after the name of Python."""
    command = ["-m", "phantom", "serve", "--port", str(port)]
    return [*command, "--home", str(home), "--root", str(root)]


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program in a process of its own; ended by SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_healthy(url: str) -> None:
    """Ask until the server answers; 30 s at most."""
    for _ in range(3000):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
        else:
            return
    raise TimeoutError(f"{url} did not answer")


async def iterations(home: Path, repository: Path, database_url: str | None) -> float:
    """Seconds per iteration of tasks that run one after the other to their last iteration."""
    spent = []
    async with _noop.runtime(home, repository, database_url, score=0.1).running() as services:
        for _ in range(8):
            task = await services.tasks.wait((await submit(services, repository)).id)
            assert task.current_iteration == ITERATIONS, task.failure_detail
            assert task.completed_at
            assert task.started_at
            spent.append((task.completed_at - task.started_at).total_seconds() / ITERATIONS)
    return statistics.median(spent[1:])


async def throughput(
    home: Path, repository: Path, database_url: str | None, tasks: int, *, workers: int
) -> float:
    """Tasks of one iteration finished per second, over `tasks` that are all queued at once."""
    runtime = _noop.runtime(home, repository, database_url, score=1.0)
    async with contextlib.AsyncExitStack() as stack:
        services = await stack.enter_async_context(runtime.running())
        for _ in range(workers - 1):
            assert database_url
            stack.enter_context(another_worker(home, repository, database_url))
        await services.tasks.wait((await submit(services, repository)).id)
        started = time.perf_counter()
        queued = [await submit(services, repository) for _ in range(tasks)]
        ended = await asyncio.gather(*(services.tasks.wait(task.id) for task in queued))
        seconds = time.perf_counter() - started
    assert all(task.status == "completed" for task in ended)
    return tasks / seconds


async def bare_engine(home: Path, workflows: int) -> float:
    """Workflows of eight empty steps finished per second, all queued at once."""
    engine = Engine(async_url(f"sqlite:///{home / 'bare.db'}"), concurrency=_noop.CONCURRENCY)
    left, done = workflows, asyncio.Event()

    async def nothing() -> None:
        """An empty step."""

    async def workflow(_task_id: str, _attempt: int) -> None:
        nonlocal left
        for number in range(8):
            await DBOS.run_step_async({"name": f"step-{number}"}, nothing)
        left -= 1
        if left == 0:
            done.set()

    await engine.start(workflow)
    try:
        started = time.perf_counter()
        for number in range(workflows):
            await engine.enqueue(f"workflow-{number}", 1)
        await asyncio.wait_for(done.wait(), timeout=300)
        return workflows / (time.perf_counter() - started)
    finally:
        await engine.stop()


@contextlib.contextmanager
def another_worker(home: Path, repository: Path, database_url: str) -> Iterator[None]:
    """A second process on the same database."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench._noop", str(home), str(repository), database_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdin
    process.stdout.readline()
    try:
        yield
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


async def submit(services: Services, repository: Path) -> Task:
    """One task for the no-op agent."""
    order = Order(prompt="Do", task_type=TaskType.DEBUGGING, workspace=str(repository))
    return await services.tasks.submit(order)


def make_repository(directory: Path) -> Path:
    """A small repository with one commit."""
    directory.mkdir()
    (directory / "note.txt").write_text("start\n")
    author = ("-c", "user.name=U", "-c", "user.email=u@example.com")
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*author, "commit", "--quiet", "-m", "Start"),
    ):
        subprocess.run(["git", *command], cwd=directory, check=True)
    return directory


if __name__ == "__main__":
    main()
