"""How long reads take as tasks grow: `./dev bench scale --tasks 1000000`.

Fills a SQLite file and a PostgreSQL of its own with tasks of five iterations each, and stops at
10,000, at 100,000 and at the end to ask the application, in this process, for what a front end
asks for. Server time is from the request's entry to the last byte of its answer: guards, queries
and JSON, without sockets; the processor time is this process's, without the database's where that
is PostgreSQL, and hardly depends on what else the machine does. Each answer is made anew, as after
a write; those that are kept while nothing changes cost next to nothing. At the smallest size the
sums are held against the server's own, which it adds up row by row; at each size, tables against
each other.

Tasks are spread over a year, three projects, four agents and four presets; each iteration has its
call and the two entries of the ledger. There are no events, evaluations or records of steps.
"""

import argparse
import asyncio
import base64
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select
from starlette.types import Message, Scope

from bench import _scale_rows as rows
from bench._scale_fill import Filler
from phantom.api.application import Application, create_api
from phantom.app import Runtime
from phantom.clock import iso, utc_now
from phantom.db import migrate, models
from phantom.db.database import Database
from phantom.ledger import recount, rollups
from phantom.settings import Settings
from tools.postgres import PostgresServer

SIZES = (10_000, 100_000)
_REPEATS = 100
_SECONDS = 10.0
"""After so long a read has been asked often enough."""


class Places:
    """Random places in a database of `tasks` tasks."""

    def __init__(self, tasks: int) -> None:
        self._tasks = tasks
        self._random = Random(3)

    def task(self) -> str:
        """The id of a task."""
        return rows.task_id(self._random.randrange(self._tasks))

    def project(self) -> str:
        """The id of a project."""
        return self._random.choice(rows.PROJECTS)

    def cursor(self) -> str:
        """What continues a list after some task."""
        moment = utc_now() - timedelta(days=self._random.random() * rows.DAYS)
        return base64.urlsafe_b64encode(json.dumps([iso(moment), self.task()]).encode()).decode()

    def middle(self) -> int:
        """The page of twenty in the middle of the list."""
        return self._tasks // 40


@dataclass(frozen=True)
class Read:
    """A read, its address at some place, and what it may take (ms) where that is set."""

    name: str
    address: Callable[[Places], str]
    limit: float | None = None


READS = (
    Read("page by cursor", lambda at: f"/api/tasks?cursor={at.cursor()}", 5.0),
    Read(
        "the same of a project",
        lambda at: f"/api/tasks?project_id={at.project()}&cursor={at.cursor()}",
        5.0,
    ),
    Read("the same, failed", lambda at: f"/api/tasks?status=failed&cursor={at.cursor()}", 5.0),
    Read(
        "the same, failed of a project",
        lambda at: f"/api/tasks?project_id={at.project()}&status=failed&cursor={at.cursor()}",
        5.0,
    ),
    Read("dashboard", lambda _: "/api/metrics/dashboard", 30.0),
    Read("first page", lambda _: "/api/tasks"),
    Read("page by number, in the middle", lambda at: f"/api/tasks?page={at.middle()}"),
    Read("task", lambda at: f"/api/tasks/{at.task()}"),
    Read("its iterations", lambda at: f"/api/tasks/{at.task()}/iterations"),
    Read("its events", lambda at: f"/api/tasks/{at.task()}/events"),
    Read("projects", lambda _: "/api/projects"),
    Read("quality, 30 days", lambda _: "/api/metrics/quality"),
    Read("cost, 90 days", lambda _: "/api/metrics/cost?period=90d"),
    Read("agents, 90 days", lambda _: "/api/metrics/agents?period=90d"),
    Read("performance, 90 days", lambda _: "/api/metrics/performance?period=90d"),
    Read("presets", lambda _: "/api/hrm/config/presets", 30.0),
)


@dataclass(frozen=True)
class Times:
    """Milliseconds of each answer, sorted: until it was there, and of the process's processor."""

    passed: list[float]
    processor: list[float]


async def asked(application: Application, address: str) -> tuple[float, float]:
    """Ask for `address`; returns the milliseconds until its answer was there, and of processor."""
    path, _, query = address.partition("?")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:1336")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1336),
        "state": {},
    }
    answer: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message)

    started, used = time.perf_counter(), time.process_time()
    await application(scope, receive, send)
    took, used = time.perf_counter() - started, time.process_time() - used
    assert answer[0]["status"] == 200, (address, answer)
    return took * 1000, used * 1000


async def measured(url: str, home: Path, tasks: int) -> dict[str, Times]:
    """The times of each read."""
    runtime = await asyncio.to_thread(Runtime, Settings(home=home, database_url=url))
    application = create_api(runtime.services, runtime.running)
    places = Places(tasks)
    found = {}
    try:
        for read in READS:
            until, times = time.monotonic() + _SECONDS, list[tuple[float, float]]()
            while len(times) <= _REPEATS and time.monotonic() < until:
                runtime.database.writes += 1  # no kept answer
                times.append(await asked(application, read.address(places)))
            # Without the first one, which makes the statements.
            passed, processor = zip(*(times[1:] or times), strict=True)
            found[read.name] = Times(sorted(passed), sorted(processor))
    finally:
        await runtime.database.close()
    return found


async def prepare(url: str) -> None:
    """Bring the empty database to the newest version."""
    database = Database(url)
    await migrate.upgrade(database)
    await database.close()


async def check_sums(url: str) -> None:
    """Hold the sums against those that the server makes out of each row."""
    database = Database(url)
    async with database.read() as session:
        found = await recount.recomputed(session)
        stored = {
            (row.day, row.project_id, row.agent): {
                name: getattr(row, name) for name in rollups.FIGURES
            }
            for row in await session.scalars(select(models.Rollup))
        }
        presets = {
            (row.preset_id, row.project_id): {
                name: getattr(row, name) for name in rollups.OF_PRESET
            }
            for row in await session.scalars(select(models.PresetSum))
        }
    await database.close()
    assert stored == {
        key: {name: figures[name] for name in rollups.FIGURES}
        for key, figures in found.days.items()
    }
    assert presets == found.presets


def run(name: str, url: str, sizes: Sequence[int]) -> None:
    """Fill and measure at each size, and print the rows of one database."""
    asyncio.run(prepare(url))
    filler = Filler(url)
    found = []
    for size in sizes:
        filler.fill(size)
        if size == sizes[0]:
            asyncio.run(check_sums(url))
        with tempfile.TemporaryDirectory() as home:
            found.append(asyncio.run(measured(url, Path(home), size)))
    for read in READS:
        medians = [statistics.median(at_size[read.name].passed) for at_size in found]
        times = found[-1][read.name]
        worst = times.passed[int(len(times.passed) * 0.99)]
        processor = statistics.median(times.processor)
        verdict = ""
        if read.limit is not None:
            verdict = f"{'within' if medians[-1] < read.limit else 'OVER'} {read.limit:.0f} ms"
        figures = " | ".join(f"{median:.1f}" for median in medians)
        growth = medians[-1] / medians[0]
        print(
            f"| {name} | {read.name} | {figures} | {worst:.1f} | {processor:.1f} | {growth:.1f}x "
            f"| {verdict} |",
            flush=True,
        )


def main() -> None:
    """Both databases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tasks", type=int, default=SIZES[0], help="how many (default 10,000)")
    total = parser.parse_args().tasks
    sizes = [*(size for size in SIZES if size < total), total]
    print(f"{total:,} tasks, {total * rows.ROUNDS:,} iterations; medians of {_REPEATS}, in ms.\n")
    print(
        f"| Database | What | {' | '.join(f'{size:,}' for size in sizes)} | p99 | Processor "
        "| Growth | Limit |"
    )
    print("|---|---|" + "---|" * (len(sizes) + 4))
    with tempfile.TemporaryDirectory(prefix="phantom-bench-") as directory:
        run("SQLite", f"sqlite:///{Path(directory) / 'scale.db'}", sizes)
    with PostgresServer() as server, server.database() as url:
        run("PostgreSQL", url, sizes)


if __name__ == "__main__":
    main()
