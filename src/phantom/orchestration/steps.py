"""A step of the loop: run once as far as anyone can see, whatever is killed in between.

Outside effects (a clone, a call, an evaluation) are made idempotent by the body; rows and events go
through `commit`, in one transaction with the step's record.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, JsonValue

from phantom.db.models import StepRecord
from phantom.engine.durable import step
from phantom.engine.faults import fault_point
from phantom.events.store import EventStore, Transaction
from phantom.orchestration.stops import Reason, Stop, as_stop

M = TypeVar("M", bound=BaseModel)


class _Recorded(BaseModel):
    value: JsonValue = None
    seconds: float = 0.0
    stop: Reason | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """Runs the steps of one run of one task."""

    store: EventStore
    task_id: str
    attempt: int
    seconds: dict[str, float] = field(default_factory=dict)
    """Time spent by kind of step, over restarts too."""

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

        async def once() -> _Recorded:
            if (earlier := await self._earlier(name)) is not None:
                return earlier
            started = time.monotonic()
            try:
                value = await body()
                recorded = _Recorded(
                    value=value.model_dump(mode="json"), seconds=time.monotonic() - started
                )
            except Exception as error:  # expected ones become a recorded stop, the rest go on up
                stop = as_stop(error)
                if stop is None:
                    raise
                return _Recorded(stop=stop.reason, message=str(stop))
            fault_point(f"{_kind(name)}:done")
            async with self.store.transaction() as transaction:
                if commit is not None:
                    await commit(transaction, value)
                transaction.session.add(
                    StepRecord(
                        task_id=self.task_id,
                        attempt=self.attempt,
                        step=name,
                        output=recorded.model_dump(mode="json"),
                    )
                )
            fault_point(f"{_kind(name)}:committed")
            return recorded

        recorded = await step(name, _Recorded, once)
        fault_point(f"{_kind(name)}:recorded")
        self.seconds[_kind(name)] = self.seconds.get(_kind(name), 0.0) + recorded.seconds
        if recorded.stop is not None:
            raise Stop(recorded.stop, recorded.message)
        return result.model_validate(recorded.value)

    async def _earlier(self, name: str) -> _Recorded | None:
        async with self.store.database.read() as session:
            row = await session.get(StepRecord, (self.task_id, self.attempt, name))
            return None if row is None else _Recorded.model_validate(row.output)


def _kind(name: str) -> str:
    """`call-2-1` is of the kind `call`: fault points are named by kind."""
    return name.partition("-")[0]
