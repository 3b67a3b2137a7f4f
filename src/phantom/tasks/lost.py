"""Tasks that are open although nobody will run them, and what becomes of them."""

from sqlalchemy import select

from phantom import processes
from phantom.db import models
from phantom.db.periodic import every
from phantom.engine.durable import Engine, Fate
from phantom.events.store import EventStore
from phantom.orchestration import journal
from phantom.orchestration.finish import Ending
from phantom.orchestration.stops import Reason
from phantom.tasks.waiting import ENDED, OPEN
from phantom.vocabulary import TaskStatus

_EVERY_SECONDS = 30.0


class LostTasks:
    """Mends the two ways in which a task's row and its run can part.

    A power cut between the order and its queueing leaves a row without a run: it is queued. A run
    that could not even record its end, since the database was out of reach for too long, leaves a
    row that is open for ever: it ends as failed.
    """

    def __init__(self, store: EventStore, engine: Engine) -> None:
        self._store = store
        self._engine = engine

    async def keep_mending(self) -> None:
        """Mend now and again, until cancelled."""
        await every(_EVERY_SECONDS, self.mend)

    async def mend(self) -> int:
        """Queue or end what is lost; returns how many tasks that were."""
        async with self._store.database.read() as session:
            # By what they are, not by what they are not: only so is there an index to look along.
            rows = await session.execute(
                select(models.Task.id, models.Task.attempt).where(models.Task.status.in_(OPEN))
            )
            runs = [(task_id, attempt) for task_id, attempt in rows]
        fates = await self._engine.fates(runs)
        mended = 0
        for run in runs:
            fate = fates.get(run)
            if fate is None:
                await self._engine.enqueue(*run)
            elif not fate.ended or not await self._end(*run, fate):
                continue
            mended += 1
        return mended

    async def _end(self, task_id: str, attempt: int, fate: Fate) -> bool:
        """End the task; False where it has ended or been retried meanwhile."""
        cause = f": {fate.error}" if fate.error else ""
        changes = {
            "failure_reason": Reason.INTERNAL_ERROR,
            "failure_detail": f"The run could not record how it ended{cause}. Retry the task.",
        }
        async with self._store.transaction() as transaction:
            task = await transaction.session.get(models.Task, task_id, with_for_update=True)
            if task is None or task.attempt != attempt or task.status in ENDED:
                return False
            ending = Ending(status=TaskStatus.FAILED, changes=changes)
            await journal.ended(transaction, task_id, ending)
        await processes.sweep(mark=task_id)
        return True
