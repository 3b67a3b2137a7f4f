"""A step of the loop: run once as far as anyone can see, whatever is killed in between.

Outside effects (a clone, a call, an evaluation) are made idempotent by the body; rows and events go
through `commit`, in one transaction with the step's record. A step without rows needs no record of
ours besides the engine's.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, JsonValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import StepRecord
from phantom.engine.durable import step
from phantom.engine.faults import fault_point
from phantom.events.store import EventStore, Transaction
from phantom.orchestration.stops import Reason, Stop, as_stop
from phantom.security.redaction import redacted

M = TypeVar("M", bound=BaseModel)


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
        known: records of an earlier process, by step; empty where the run has just begun.
        seconds: time spent by kind of step, over restarts too.
    """

    store: EventStore
    task_id: str
    attempt: int
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

        Raises Stop where the body stopped the run, now or before a restart.
        """
        tries = 0

        async def once() -> Recorded:
            nonlocal tries
            tries += 1
            # A try after a lost connection cannot know whether the one before was committed.
            earlier = self.known.get(name) if tries == 1 else await self._look_up(name)
            if earlier is not None:
                return earlier
            started = time.monotonic()
            try:
                value = await body()
            except Exception as error:  # expected ones become a recorded stop, the rest go on up
                if (stop := as_stop(error)) is None:
                    raise
                return Recorded(stop=stop.reason, message=redacted(str(stop)))
            dumped = value.model_dump(mode="json")
            recorded = Recorded(value=dumped, seconds=time.monotonic() - started)
            fault_point(f"{_kind(name)}:done")
            if commit is not None:
                try:
                    await self._commit(name, value, recorded, commit)
                except IntegrityError:
                    # A worker that was declared dead too early may have done the step as well.
                    if (theirs := await self._look_up(name)) is None:
                        raise
                    return theirs
                fault_point(f"{_kind(name)}:committed")
            return recorded

        recorded = await step(name, Recorded, once)
        fault_point(f"{_kind(name)}:recorded")
        self.seconds[_kind(name)] = self.seconds.get(_kind(name), 0.0) + recorded.seconds
        if recorded.stop is not None:
            raise Stop(recorded.stop, recorded.message)
        return result.model_validate(recorded.value)

    async def _commit(
        self,
        name: str,
        value: M,
        recorded: Recorded,
        commit: Callable[[Transaction, M], Awaitable[None]],
    ) -> None:
        async with self.store.transaction() as transaction:
            await commit(transaction, value)
            transaction.session.add(
                StepRecord(
                    task_id=self.task_id,
                    attempt=self.attempt,
                    step=name,
                    output=recorded.model_dump(mode="json"),
                )
            )

    async def _look_up(self, name: str) -> Recorded | None:
        async with self.store.database.read() as session:
            row = await session.get(StepRecord, (self.task_id, self.attempt, name))
            return None if row is None else Recorded.model_validate(row.output)


async def load_records(session: AsyncSession, task_id: str, attempt: int) -> dict[str, Recorded]:
    """The records of a run that an earlier process began, by step."""
    rows = await session.scalars(
        select(StepRecord).where(StepRecord.task_id == task_id, StepRecord.attempt == attempt)
    )
    return {row.step: Recorded.model_validate(row.output) for row in rows}


def _kind(name: str) -> str:
    """`call-2-1` is of the kind `call`: fault points are named by kind."""
    return name.partition("-")[0]
