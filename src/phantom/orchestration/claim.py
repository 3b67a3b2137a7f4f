"""A process's right to a run: whoever began it last has it, and nobody else writes.

A worker that was silent for too long is declared dead, and another one begins its runs anew. Should
it wake up after all, what it still does must count for nothing. The number of starts in the task's
row is the fencing token (Kleppmann, "How to do distributed locking", 2016): every transaction of a
run locks the row and looks whether the number is still its own.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import Task
from phantom.engine.leaving import Released

_HELD = select(Task.attempt, Task.starts).where(Task.id == bindparam("task_id")).with_for_update()


class Superseded(Released):
    """Another process has begun the run since."""


class Deleted(Exception):
    """The task is gone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One start of one run.

    Attributes:
        start: which start of the run it is, 1 for the first.
    """

    task_id: str
    attempt: int
    start: int

    async def hold(self, session: AsyncSession) -> None:
        """Lock the task until the transaction ends, so that nobody begins its run meanwhile.

        The first thing in every transaction of a run, before other rows are locked. Raises
        Superseded where somebody has begun it since, Deleted where there is no such task any more.
        """
        found = (await session.execute(_HELD, {"task_id": self.task_id})).first()
        if found is None:
            raise Deleted
        if found != (self.attempt, self.start):
            raise Superseded
