"""How long lists and the dashboard take as tasks grow: `python -m bench.scale --tasks 1000000`.

Puts tasks with five iterations each straight into a SQLite file and a PostgreSQL of its own, first
10,000 and then all, and prints the server time of a page by cursor and of the dashboard at both
sizes beside the limits (5 ms and 30 ms). Tasks are spread over a year, three projects and four
agents; the sums are added up by the functions that the server uses.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import insert, text

from phantom.clock import utc_now
from phantom.db import migrate, models
from phantom.db.database import Database
from phantom.ledger import rollups
from phantom.metrics.service import MetricsService
from phantom.tasks.service import after, newest_first
from phantom.vocabulary import TaskStatus
from tools.postgres import PostgresServer

SMALL = 10_000
ITERATIONS = 5
_BATCH = 5_000
_DAYS = 365
_REPEATS = 50
_AGENTS = ("claude", "gemini", "copilot", "local")
_LIMITS = {"page by cursor": 5.0, "dashboard": 30.0}

Row = dict[str, object]


class Filler:
    """Makes rows, the same ones for the same seed."""

    def __init__(self, database: Database, total: int) -> None:
        self._database = database
        self._total = total
        self._random = Random(7)
        self._now = utc_now()
        self._projects = [models.new_id() for _ in range(3)]
        self._sums: dict[rollups.Key, Counter[str]] = {}
        self.number = 0

    async def start(self) -> None:
        """The projects."""
        async with self._database.write() as session:
            for n, project_id in enumerate(self._projects):
                project = models.Project(
                    id=project_id, name=f"P{n}", type="python", status="active", config={}
                )
                project.slot = f"Projekt-{'ABC'[n]}"
                session.add(project)

    async def fill(self, number: int) -> None:
        """Go on until there are `number` tasks; then write the sums and let the planner look."""
        while self.number < number:
            batch = min(_BATCH, number - self.number)
            made = [self._task(self.number + n) for n in range(batch)]
            iterations = [each for task in made for each in self._iterations(task)]
            async with self._database.write() as session:
                await session.execute(insert(models.Task), made)
                await session.execute(insert(models.Iteration), iterations)
            self.number += batch
        async with self._database.write() as session:
            await session.execute(text("DELETE FROM rollups"))
            await session.execute(insert(models.Rollup), self._rollups())
        async with self._database.write() as session:
            await session.execute(text("ANALYZE"))

    def _task(self, n: int) -> Row:
        # Backwards and forwards over the year, so that each size has all of its days.
        age = timedelta(days=(n * 37) % _DAYS, seconds=n * 86_000 / self._total)
        created = self._now - age
        row: Row = {
            "id": models.new_id(),
            "project_id": self._projects[n % 3],
            "title": f"Task {n}",
            "status": TaskStatus.COMPLETED if n % 7 else TaskStatus.FAILED,
            "prompt": "Do what is to be done.",
            "task_type": "debugging",
            "attempt": 1,
            "assigned_agent": _AGENTS[n % 4],
            "current_iteration": ITERATIONS,
            "max_iterations": ITERATIONS,
            "final_quality": self._random.random(),
            "actual_cost_micros": self._random.randrange(1_000_000),
            "started_at": created,
            "completed_at": created + timedelta(seconds=60),
            "created_at": created,
        }
        addition = rollups.of_task(models.Task(**row), None)
        for key in addition.keys:
            self._sums.setdefault(key, Counter()).update(addition.figures)
        return row

    def _iterations(self, task: Row) -> list[Row]:
        return [
            {
                "task_id": task["id"],
                "attempt": 1,
                "number": number,
                "agent": f"{task['assigned_agent']}_main",
                "quality": self._random.random(),
                "completed_at": task["completed_at"],
            }
            for number in range(1, ITERATIONS + 1)
        ]

    def _rollups(self) -> list[Row]:
        return [
            {"day": day, "project_id": project_id, "agent": agent}
            | {name: figures[name] for name in rollups.FIGURES}
            for (day, project_id, agent), figures in self._sums.items()
        ]


async def measured(database: Database) -> dict[str, list[float]]:
    """Milliseconds of each, over random places of the list."""
    metrics = MetricsService(database)
    random = Random(3)
    now = utc_now()

    async def page() -> None:
        place = now - timedelta(days=random.random() * _DAYS)
        await _page(database, place)

    return {
        "page by cursor": await _times(page),
        "dashboard": await _times(metrics.dashboard),
    }


async def _page(database: Database, place: datetime) -> None:
    """What a list does: the number of tasks, and twenty of them."""
    async with database.read() as session:
        await rollups.task_counts(session)
        wanted = after(newest_first(None, None), place, models.new_id())
        list(await session.scalars(wanted.limit(20)))


async def _times(work: Callable[[], Awaitable[object]]) -> list[float]:
    await work()
    taken = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


async def run(name: str, url: str, total: int) -> None:
    """Fill, measure, fill, measure, and print the rows of one database."""
    database = Database(url)
    try:
        await migrate.upgrade(database)
        filler = Filler(database, total)
        await filler.start()
        await filler.fill(min(SMALL, total))
        before = await measured(database)
        await filler.fill(total)
        after_all = await measured(database)
    finally:
        await database.close()
    for what, limit in _LIMITS.items():
        small, large = statistics.median(before[what]), statistics.median(after_all[what])
        worst = sorted(after_all[what])[int(_REPEATS * 0.99) - 1]
        verdict = "within" if large < limit else "OVER"
        print(
            f"| {name} | {what} | {small:.2f} ms | {large:.2f} ms | {worst:.2f} ms | "
            f"{large / small:.1f}x | {verdict} {limit:.0f} ms |",
            flush=True,
        )


def main() -> None:
    """Both databases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=SMALL, help="how many (default 10,000)")
    total = parser.parse_args().tasks
    print(f"{total:,} tasks, {total * ITERATIONS:,} iterations; medians of {_REPEATS}.\n")
    print(f"| Database | What | at {min(SMALL, total):,} | at {total:,} | p99 | Growth | Limit |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(run("SQLite", f"sqlite:///{Path(home) / 'scale.db'}", total))
    with PostgresServer() as server, server.database() as url:
        asyncio.run(run("PostgreSQL", url, total))


if __name__ == "__main__":
    main()
