"""Gauges of how things stand: read from the database and the machine, not more often than wanted.

Every reading looks along an index, at sums, or at tables that hold a row for each worker or agent;
none grows with the number of tasks.
"""

import asyncio
import contextlib
import math
import os
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.breakers import Breakers
from phantom.clock import utc_now
from phantom.db.database import Database, is_out_of_reach
from phantom.db.models import MICROS, Event, Rollup, Task, Worker
from phantom.ledger import rollups
from phantom.ledger.caps import ServerCaps
from phantom.metrics.series.money import MoneyGauges
from phantom.vocabulary import BreakerState, TaskStatus

_PATIENCE_SECONDS = 5.0


class Standing:
    """The gauges, and when they were last read."""

    def __init__(
        self,
        registry: CollectorRegistry,
        database: Database,
        breakers: Breakers,
        *,
        caps: ServerCaps,
        home: Path,
        agents: tuple[str, ...],
    ) -> None:
        self._database = database
        self._breakers = breakers
        self._home = home
        self._agents = agents
        self._work = _WorkGauges(registry)
        self._money = MoneyGauges(registry, caps)
        self._machine = _MachineGauges(registry)
        self._up = Gauge("phantom_database_up", "1 where the database answered", registry=registry)
        self._states = Gauge(
            "phantom_breakers", "Agents by state of their breaker", ["state"], registry=registry
        )
        self._read_at = -math.inf

    async def refresh(self, after_seconds: float) -> None:
        """Read everything anew where the last reading is so old; keep it where that fails."""
        if time.monotonic() - self._read_at < after_seconds:
            return
        self._read_at = time.monotonic()
        self._machine.take(await asyncio.to_thread(_machine, self._home))
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                self._work.take(await self._looked_at())
                self._count_breakers(
                    Counter(
                        each.breaker.state
                        for each in (await self._breakers.status(self._agents)).values()
                    )
                )
        except Exception as error:  # an unreachable database is itself what is to be shown
            if not is_out_of_reach(error):
                raise
            self._up.set(0)
        else:
            self._up.set(1)

    async def _looked_at(self) -> "_Work":
        size = await _size(self._database)
        async with self._database.read() as session:
            await self._money.read(session)
            return await _work(session, size)

    def _count_breakers(self, counts: Mapping[BreakerState, int]) -> None:
        for state in BreakerState:
            self._states.labels(state).set(counts.get(state, 0))


@dataclass(frozen=True, slots=True)
class _Work:
    """What the database tells; times in seconds."""

    tasks: Mapping[TaskStatus, int]
    oldest: float
    cost_today: float
    tokens_today: int
    workers: int
    silence: float
    last_event: int
    size: int


async def _work(session: AsyncSession, size: int) -> _Work:
    now = utc_now()
    oldest = await session.scalar(
        select(func.min(Task.created_at)).where(Task.status == TaskStatus.PENDING)
    )
    beats = list(await session.scalars(select(Worker.heartbeat_at)))
    micros, tokens = (
        await session.execute(
            select(func.sum(Rollup.cost_micros), func.sum(Rollup.tokens)).where(
                Rollup.day == now.date()
            )
        )
    ).one()
    return _Work(
        tasks=await rollups.task_counts(session),
        oldest=max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0,
        cost_today=int(micros or 0) / MICROS,
        tokens_today=int(tokens or 0),
        workers=len(beats),
        silence=max((max(0.0, (now - beat).total_seconds()) for beat in beats), default=0.0),
        last_event=await session.scalar(select(func.max(Event.seq))) or 0,
        size=size,
    )


async def _size(database: Database) -> int:
    """Bytes of the database; on SQLite of its file and what goes with it."""
    if database.is_sqlite:
        return await asyncio.to_thread(_size_of_files, Path(database.url.database or ""))
    async with database.read() as session:
        return await session.scalar(text("SELECT pg_database_size(current_database())")) or 0


def _size_of_files(file: Path) -> int:
    total = 0
    for each in (file, file.with_name(f"{file.name}-wal")):
        # The log comes and goes.
        with contextlib.suppress(OSError):
            total += each.stat().st_size
    return total


class _WorkGauges:
    """What the database tells."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tasks = Gauge("phantom_tasks", "Tasks by status", ["status"], registry=registry)
        self._single = {
            name: Gauge(f"phantom_{name}", described, registry=registry)
            for name, described in (
                ("queue_depth", "Tasks that wait for a free worker"),
                ("queue_oldest_seconds", "Since when the oldest waiting task has been ordered"),
                ("cost_today_dollars", "Known cost of the calls that ended today (UTC)"),
                ("tokens_today", "Tokens of the calls that ended today (UTC)"),
                ("workers", "Processes that run tasks"),
                ("worker_silence_seconds", "Since when the most silent worker has not been heard"),
                ("events_last_id", "Id of the newest event"),
                ("database_bytes", "Size of the database"),
            )
        }

    def take(self, work: _Work) -> None:
        """Show what was found."""
        for status in TaskStatus:
            self._tasks.labels(status).set(work.tasks.get(status, 0))
        for name, value in (
            ("queue_depth", work.tasks.get(TaskStatus.PENDING, 0)),
            ("queue_oldest_seconds", work.oldest),
            ("cost_today_dollars", work.cost_today),
            ("tokens_today", work.tokens_today),
            ("workers", work.workers),
            ("worker_silence_seconds", work.silence),
            ("events_last_id", work.last_event),
            ("database_bytes", work.size),
        ):
            self._single[name].set(value)


@dataclass(frozen=True, slots=True)
class _Machine:
    """What the machine tells; sizes in bytes."""

    free: int
    children: int
    children_memory: int


def _machine(home: Path) -> _Machine:
    """Blocking: looks at the disk and at every process there is."""
    there = next(each for each in (home, *home.parents) if each.exists())
    sizes = []
    for child in psutil.Process(os.getpid()).children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it ended meanwhile
            sizes.append(child.memory_info().rss)
    return _Machine(shutil.disk_usage(there).free, len(sizes), sum(sizes))


class _MachineGauges:
    """What the machine tells."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._free = Gauge(
            "phantom_disk_free_bytes", "Free space on the disk of the home", registry=registry
        )
        self._children = Gauge(
            "phantom_child_processes",
            "Processes below this one: agents, tools, git",
            registry=registry,
        )
        self._memory = Gauge(
            "phantom_child_memory_bytes",
            "Resident memory of the processes below this one",
            registry=registry,
        )

    def take(self, machine: _Machine) -> None:
        """Show what was found."""
        self._free.set(machine.free)
        self._children.set(machine.children)
        self._memory.set(machine.children_memory)
