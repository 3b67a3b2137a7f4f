"""Usage limits of agents: until when one is not asked, as rows that all workers share.

An agent that answers with a rate limit has told when it can be asked again, or is left alone for a
pause that doubles from one refusal to the next. That is no failure of the agent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Insert, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.port import Cancelled, ErrorKind, Failed, Finished
from phantom.clock import SKEW, iso, utc_now
from phantom.db import models
from phantom.errors import PhantomError
from phantom.events.store import EventStore, Transaction
from phantom.events.types import SystemAlert
from phantom.vocabulary import Severity

FIRST_PAUSE = timedelta(seconds=30)
"""After a refusal that does not say when to come back; doubled with each further one."""
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_WORD = timedelta(days=8)
"""The furthest that an agent's own word is believed: somewhat more than a weekly quota."""
_SAME = timedelta(seconds=1)
"""Two answers that differ by less name the same moment."""


class Limited(PhantomError):
    """The agent that should be called has used up its limit, and it is worth waiting for it.

    Attributes:
        agent_id: whom to wait for.
        until: when it can be asked again.
    """

    def __init__(self, agent_id: str, until: datetime) -> None:
        super().__init__(f"Agent '{agent_id}' has reached its usage limit; resumes {told(until)}")
        self.agent_id, self.until = agent_id, until


def pause(refusals: int, retry_after: float | None) -> timedelta:
    """How long an agent is left alone after so many refusals in a row (1 or more).

    `retry_after` is what it said itself, in seconds; it is believed, but for the doubling second
    that keeps one that always says 0 from being asked without end.
    """
    doublings = 1 << min(refusals - 1, 20)
    if retry_after is None:
        return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)
    least = min(timedelta(seconds=doublings), LONGEST_PAUSE)
    return max(least, min(timedelta(seconds=retry_after), LONGEST_WORD))


def told(moment: datetime) -> str:
    """For people: `14:05 UTC`, with the date where that is not today's."""
    day = "" if moment.date() == utc_now().date() else f"{moment:%Y-%m-%d} "
    return f"{day}{moment:%H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Window:
    """An agent that is not asked before a moment."""

    resumes_at: datetime

    @property
    def reason(self) -> str:
        """Why it is not asked now, as a clause."""
        return f"has reached its usage limit and resumes at {iso(self.resumes_at)}"


class Windows:
    """Keeps the windows. `now` is the clock, which tests replace."""

    def __init__(self, store: EventStore, *, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._now = now

    async def closed(self, session: AsyncSession) -> dict[str, Window]:
        """The windows of the agents that may not be asked now, by agent id."""
        now = self._now()
        limited = (
            models.RateWindow.resumes_at > now,
            # One that begins in the future was closed by a clock that has been set back since.
            models.RateWindow.began_at <= now + SKEW,
        )
        rows = await session.scalars(select(models.RateWindow).where(*limited))
        return {row.agent_id: Window(row.resumes_at) for row in rows}

    async def status(self) -> dict[str, Window]:
        """The same, for whoever wants to see it."""
        async with self._store.database.read() as session:
            return await self.closed(session)

    async def ended(
        self,
        transaction: Transaction,
        agent_id: str,
        began: datetime,
        terminal: Finished | Failed | Cancelled,
    ) -> None:
        """Note how a call that began at `began` ended, in the transaction that keeps its end."""
        match terminal:
            case Failed(kind=ErrorKind.RATE_LIMIT, retry_after=retry_after):
                await self._refused(transaction, agent_id, began, retry_after)
            case Finished():
                # What began before the refusal tells nothing about the time after it.
                await transaction.session.execute(
                    delete(models.RateWindow).where(
                        models.RateWindow.agent_id == agent_id, models.RateWindow.began_at <= began
                    )
                )
            case _:
                return

    async def _refused(
        self, transaction: Transaction, agent_id: str, began: datetime, retry_after: float | None
    ) -> None:
        now, session = self._now(), transaction.session
        row = await _locked(session, agent_id, now)
        # Calls that were under way when the limit was reached are refused for the same reason.
        was_set_back = row.began_at > now + SKEW
        fresh = row.refusals == 0 or was_set_back or began >= row.began_at
        resumes = now + pause(row.refusals + int(fresh), retry_after)
        if not fresh and (retry_after is None or resumes <= row.resumes_at + _SAME):
            return
        row.refusals += int(fresh)
        row.began_at, row.resumes_at = now, resumes
        message = str(Limited(agent_id, resumes))
        transaction.emit(SystemAlert(message=message, severity=Severity.WARNING))


async def _locked(session: AsyncSession, agent_id: str, now: datetime) -> models.RateWindow:
    row = await session.get(models.RateWindow, agent_id, with_for_update=True)
    if row is not None:
        return row
    # Two workers may be refused at the same moment.
    made = {"agent_id": agent_id, "began_at": now, "resumes_at": now, "refusals": 0}
    await session.execute(_ensure(session.get_bind().dialect.name), made)
    return await session.get_one(
        models.RateWindow, agent_id, with_for_update=True, populate_existing=True
    )


@cache
def _ensure(dialect: str) -> Insert:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(models.RateWindow).on_conflict_do_nothing(index_elements=["agent_id"])
