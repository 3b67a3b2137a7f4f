"""Who is alive: a heartbeat row for each process, and take-over of what the dead were running.

No clock tells who is dead. A worker is silent once its row has stayed the same through a number of
our own heartbeats: whoever's clock is set, and whoever sleeps and wakes, counts wrong by none. That
a worker was declared dead too early costs no more than its work: it can write nothing any more for
a run that another one has begun (`orchestration/claim.py`), and it ends once it sees its row gone.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select, tuple_, update

from phantom.clock import utc_now
from phantom.db.database import Database, is_out_of_reach
from phantom.db.models import Worker
from phantom.db.periodic import every
from phantom.engine.durable import Engine
from phantom.processes import is_running

LOOK_SECONDS = 1.0
"""How often the others are looked at: who was killed here, or signed off, is missed at once."""
LOOKS_PER_BEAT = 5
SILENT_BEATS = 9
"""Heartbeats of ours without one of another worker's, after which that one counts as dead."""


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
        self._looks = 0
        self._present: set[str] = set()
        self._silence: dict[str, tuple[datetime, int]] = {}
        self.taken_over = 0

    async def join(self) -> None:
        """Register before the engine starts, so that nobody takes its work for an orphan's."""
        async with self._database.write() as session:
            session.add(
                Worker(
                    id=self._engine.executor_id,
                    host=self._host,
                    pid=os.getpid(),
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
        """Take over what dead workers were running; returns their ids.

        To be called once for each heartbeat of ours, since it counts those of the others.
        """
        workers = await self._registered()
        self._listen(workers)
        return await self._bury(workers)

    async def keep(self) -> None:
        """Beat and reap until cancelled. A worker whose row is gone was declared dead: it ends."""
        with contextlib.suppress(_Evicted):
            await every(LOOK_SECONDS, self._look)
        self._on_evicted()

    async def _look(self) -> None:
        self._looks += 1
        if self._looks % LOOKS_PER_BEAT == 1:
            if not await self._beat():
                raise _Evicted
            await self.reap()
        elif not self._engine.exclusive:
            await self._miss()

    async def _miss(self) -> None:
        """Reap where somebody who was there is gone, or was killed on this host."""
        workers = await self._registered()
        ids = {worker.id for worker in workers}
        if self._engine.executor_id not in ids:
            raise _Evicted
        if self._present - ids or any(map(self._is_dead, workers)):
            await self._bury(workers)
        self._present = ids

    async def _bury(self, workers: Sequence[Worker]) -> set[str]:
        """Strike the dead off, and queue again what nobody who is left is running."""
        dead = [worker for worker in workers if self._is_dead(worker)]
        struck = await self._strike(dead)
        live = {worker.id for worker in workers} - struck
        self._present = live
        # Whose row is gone is not alive, so a power cut at this point loses nothing.
        orphans = await self._engine.orphans(live)
        await self._engine.take_over(orphans)
        self.taken_over += len(orphans)
        return orphans

    async def _strike(self, dead: Sequence[Worker]) -> set[str]:
        """Remove their rows, unless they have beaten meanwhile; returns those removed."""
        if not dead:
            return set()
        last_words = [(worker.id, worker.heartbeat_at) for worker in dead]
        async with self._database.write() as session:
            struck = await session.scalars(
                delete(Worker)
                .where(tuple_(Worker.id, Worker.heartbeat_at).in_(last_words))
                .returning(Worker.id)
            )
            return set(struck)

    def _listen(self, workers: Sequence[Worker]) -> None:
        """Count how often each was found as it was the time before."""
        before, self._silence = self._silence, {}
        for worker in workers:
            beat, times = before.get(worker.id, (worker.heartbeat_at, -1))
            times = times + 1 if beat == worker.heartbeat_at else 0
            self._silence[worker.id] = worker.heartbeat_at, times

    async def _beat(self) -> bool:
        async with self._database.write() as session:
            found = await session.execute(
                update(Worker)
                .where(Worker.id == self._engine.executor_id)
                .values(heartbeat_at=utc_now())
                .returning(Worker.id)
            )
            return found.first() is not None

    async def _registered(self) -> Sequence[Worker]:
        async with self._database.read() as session:
            return list(await session.scalars(select(Worker)))

    def _is_dead(self, worker: Worker) -> bool:
        if worker.id == self._engine.executor_id:
            return False
        if self._engine.exclusive:
            return True
        # On the same host there is no need to wait: the process table knows.
        if worker.host == self._host and not is_running(worker.pid):
            return True
        return self._silence.get(worker.id, (None, 0))[1] >= SILENT_BEATS


def _host() -> str:
    """Where a pid means something: the host's name and, on Linux, the PID namespace."""
    namespace = Path("/proc/self/ns/pid")
    inside = f"/{namespace.readlink()}" if namespace.is_symlink() else ""
    return f"{socket.gethostname()}{inside}"[:100]
