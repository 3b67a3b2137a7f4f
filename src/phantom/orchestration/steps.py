"""A step of the loop: run once as far as anyone can see, whatever is killed in between.

Outside effects (a clone, a call, an evaluation) are made idempotent by the body; rows and events go
through `commit`, in one transaction with the step's record. There is no other record: after a
restart the engine tells the whole story again, and the records pass over what was done.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.database import is_out_of_reach
from phantom.db.models import StepRecord
from phantom.engine.faults import fault_point
from phantom.engine.leaving import Leaving
from phantom.engine.serialization import RunFailed, words
from phantom.errors import is_disk_full
from phantom.events.store import EventStore, Transaction
from phantom.orchestration.claim import Claim
from phantom.orchestration.stops import Reason, Stop, as_stop
from phantom.security.redaction import redacted

_PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0)
"""Before each try, while the database is out of reach."""

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class Recorded(BaseModel):
    """A step's outcome as it is kept: a value, or why the run stopped there."""

    value: JsonValue = None
    seconds: float = 0.0
    stop: Reason | None = None
    message: str = ""


@dataclass(slots=True)
class Steps:
    """Runs the steps of one run of one task.

    Attributes:
        claim: whose steps are kept.
        leaving: what keeps a step from being begun.
        known: records of an earlier process, by step; empty where the run has just begun.
        seconds: time spent by kind of step, over restarts too.
    """

    store: EventStore
    claim: Claim
    leaving: Leaving
    known: Mapping[str, Recorded] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    async def run(
        self,
        name: str,
        result: type[M],
        body: Callable[[], Awaitable[M]],
        commit: Callable[[Transaction, M], Awaitable[None]] | None = None,
    ) -> M:
        """Do `body`, keep its result together with the rows and events of `commit`.

        A step is at-least-once: `body` must be idempotent, since a power cut or a lost database
        between its end and the record makes it run again. Raises Stop where the body stopped the
        run, now or before a restart, RunFailed where the database stayed out of reach, and Released
        where this process is not to go on.
        """
        recorded = self.known.get(name) or await self._insist(
            name, partial(self._once, name, body, commit)
        )
        self.seconds[_kind(name)] = self.seconds.get(_kind(name), 0.0) + recorded.seconds
        if recorded.stop is not None:
            raise Stop(recorded.stop, recorded.message)
        return result.model_validate(recorded.value)

    async def _insist(self, name: str, once: Callable[[], Awaitable[Recorded]]) -> Recorded:
        self.leaving.check()

        async def attempt(number: int) -> Recorded:
            # Whether the try before was committed, a lost connection does not tell.
            earlier = await self._look_up(name) if number > 1 else None
            return earlier or await once()

        return await insist(attempt)

    async def _once(
        self,
        name: str,
        body: Callable[[], Awaitable[M]],
        commit: Callable[[Transaction, M], Awaitable[None]] | None,
    ) -> Recorded:
        started = time.monotonic()
        try:
            value = await body()
        except Exception as error:  # expected ones become a recorded stop, the rest go on up
            if (stop := as_stop(error)) is None:
                raise
            stopped = Recorded(stop=stop.reason, message=redacted(str(stop)))
            return await self._keep(name, stopped)
        dumped = value.model_dump(mode="json")
        recorded = Recorded(value=dumped, seconds=time.monotonic() - started)
        fault_point(f"{_kind(name)}:done")
        if commit is None:
            return await self._keep(name, recorded)
        return await self._keep(name, recorded, lambda transaction: commit(transaction, value))

    async def _keep(
        self,
        name: str,
        recorded: Recorded,
        rows: Callable[[Transaction], Awaitable[None]] | None = None,
    ) -> Recorded:
        """Write the record, with `rows` in the same transaction."""
        async with self.store.transaction() as transaction:
            await self.claim.hold(transaction.session)
            if rows is not None:
                await rows(transaction)
            transaction.session.add(self._row(name, recorded))
        fault_point(f"{_kind(name)}:recorded")
        return recorded

    def _row(self, name: str, recorded: Recorded) -> StepRecord:
        return StepRecord(
            task_id=self.claim.task_id,
            attempt=self.claim.attempt,
            step=name,
            output=recorded.model_dump(mode="json"),
        )

    async def _look_up(self, name: str) -> Recorded | None:
        async with self.store.database.read() as session:
            row = await session.get(StepRecord, (self.claim.task_id, self.claim.attempt, name))
            return None if row is None else Recorded.model_validate(row.output)


async def insist(attempt: Callable[[int], Awaitable[T]]) -> T:
    """The result of `attempt(number)`, made a few times where the database is out of reach.

    Raises RunFailed where it stays so.
    """
    failure: Exception | None = None
    for number, pause in enumerate(_PAUSES_SECONDS, 1):
        await asyncio.sleep(pause)
        try:
            return await attempt(number)
        except Exception as error:  # what does not pass by itself goes on up
            if not is_out_of_reach(error) or is_disk_full(error):
                raise
            failure = error
    assert failure is not None
    raise RunFailed(words(failure)) from failure


async def load_records(session: AsyncSession, task_id: str, attempt: int) -> dict[str, Recorded]:
    """The records of a run that an earlier process began, by step."""
    rows = await session.scalars(
        select(StepRecord).where(StepRecord.task_id == task_id, StepRecord.attempt == attempt)
    )
    return {row.step: Recorded.model_validate(row.output) for row in rows}


def _kind(name: str) -> str:
    """`call-2-1` is of the kind `call`: fault points are named by kind."""
    return name.partition("-")[0]
