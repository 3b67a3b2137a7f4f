"""Who is alive: a heartbeat row for each process, and take-over of what the dead were running."""

import contextlib
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
from sqlalchemy import delete, select, update

from phantom.clock import utc_now
from phantom.db.database import Database, is_out_of_reach
from phantom.db.models import Worker
from phantom.db.periodic import every
from phantom.engine.durable import Engine
from phantom.processes import is_running

HEARTBEAT_SECONDS = 5.0
TTL_SECONDS = 45.0
"""Silence after which a worker on another host counts as dead; nine missed heartbeats."""


class _Evicted(Exception):
    """Others have declared this worker dead."""


class Roster:
    """This process's place among the workers of one database.

    Attributes:
        taken_over: how many dead workers' runs this process has queued again.
    """

    def __init__(self, database: Database, engine: Engine, on_evicted: Callable[[], None]) -> None:
        self._database = database
        self._engine = engine
        self._on_evicted = on_evicted
        self._host = _host()
        self.taken_over = 0

    async def join(self) -> None:
        """Register before the engine starts, so that nobody takes its work for an orphan's."""
        async with self._database.write() as session:
            session.add(
                Worker(
                    id=self._engine.executor_id,
                    host=self._host,
                    pid=os.getpid(),
                    process_started=psutil.Process().create_time(),
                    heartbeat_at=utc_now(),
                )
            )

    async def leave(self) -> None:
        """Sign off; what is still running is then taken over by another worker."""
        try:
            async with self._database.write() as session:
                await session.execute(delete(Worker).where(Worker.id == self._engine.executor_id))
        except Exception as error:  # the row is then reaped like that of a dead worker
            if not is_out_of_reach(error):
                raise

    async def reap(self) -> set[str]:
        """Take over what dead workers were running; returns their ids."""
        dead, live = await self._census()
        orphans = await self._engine.orphans(live)
        await self._engine.take_over(orphans)
        self.taken_over += len(orphans)
        if dead:
            # Only after the take-over: a row removed first would lose its work to a power cut.
            async with self._database.write() as session:
                await session.execute(delete(Worker).where(Worker.id.in_(dead)))
        return orphans

    async def keep(self) -> None:
        """Beat and reap until cancelled. A worker whose row is gone was declared dead: it ends."""
        with contextlib.suppress(_Evicted):
            await every(HEARTBEAT_SECONDS, self._beat_and_reap)
        self._on_evicted()

    async def _beat_and_reap(self) -> None:
        if not await self._beat():
            raise _Evicted
        await self.reap()

    async def _beat(self) -> bool:
        async with self._database.write() as session:
            found = await session.execute(
                update(Worker)
                .where(Worker.id == self._engine.executor_id)
                .values(heartbeat_at=utc_now())
                .returning(Worker.id)
            )
            return found.first() is not None

    async def _census(self) -> tuple[set[str], set[str]]:
        async with self._database.read() as session:
            workers = list(await session.scalars(select(Worker)))
        dead = {worker.id for worker in workers if self._is_dead(worker)}
        return dead, {worker.id for worker in workers} - dead

    def _is_dead(self, worker: Worker) -> bool:
        if worker.id == self._engine.executor_id:
            return False
        if self._engine.exclusive:
            return True
        silent = worker.heartbeat_at < utc_now() - timedelta(seconds=TTL_SECONDS)
        if worker.host != self._host:
            return silent
        # On the same host there is no need to wait: the process table knows.
        if not is_running(worker.pid):
            return True
        # Another process may have got the pid. Its start time alone would not do: it moves when
        # the system's clock is set.
        return silent and not _started_at(worker.pid, worker.process_started)


def _started_at(pid: int, moment: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - moment) <= 1.0
    except psutil.NoSuchProcess:
        return False


def _host() -> str:
    """Where a pid means something: the host's name and, on Linux, the PID namespace."""
    namespace = Path("/proc/self/ns/pid")
    inside = f"/{namespace.readlink()}" if namespace.is_symlink() else ""
    return f"{socket.gethostname()}{inside}"[:100]
