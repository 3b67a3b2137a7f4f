"""The circuit breakers of all agents, as rows that all workers share.

Every change is made in the caller's transaction, under a lock of the row, and told by a
`system_alert` of the same transaction.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from phantom.agents.breaker import Breaker, BreakerRules, verdict_of
from phantom.agents.port import Cancelled, Failed, Finished
from phantom.clock import iso, utc_now
from phantom.db import models
from phantom.db.periodic import every
from phantom.events.store import EventStore, Transaction
from phantom.events.types import SystemAlert
from phantom.vocabulary import BreakerState, Severity

_LOOK_SECONDS = 2.0
_SEVERITY = {
    BreakerState.OPEN: Severity.WARNING,
    BreakerState.HALF_OPEN: Severity.INFO,
    BreakerState.CLOSED: Severity.SUCCESS,
}
# Both databases know it; two workers may see an agent's first failure at the same moment.
_ENSURE = text(
    "INSERT INTO agent_breakers (agent_id, state, failure_count) "
    "VALUES (:agent_id, 'closed', 0) ON CONFLICT (agent_id) DO NOTHING"
)
_NOT_CLOSED = (
    select(models.AgentBreaker)
    .where(models.AgentBreaker.state != BreakerState.CLOSED)
    .order_by(models.AgentBreaker.agent_id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """A breaker as it is now, and when an open one lets a trial through."""

    breaker: Breaker
    half_open_at: datetime | None


class Breakers:
    """Keeps the breakers. `now` is the clock, which tests replace."""

    def __init__(
        self,
        store: EventStore,
        rules: BreakerRules | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._rules = rules or BreakerRules()
        self._now = now

    async def refusing(self, transaction: Transaction) -> dict[str, str]:
        """Ids of the agents that may not be called now, each with the reason as a clause.

        Their rows stay locked until the transaction ends, so that of many workers one gets the
        trial call.
        """
        refused = {}
        for row in await self._not_closed(transaction):
            breaker = self._advance(transaction, row)
            if not breaker.admits:
                refused[row.agent_id] = self._reason(breaker)
        return refused

    async def begun(self, transaction: Transaction, agent_id: str, call_id: str) -> None:
        """Note that a call begins, in the transaction that asked `refusing`."""
        row = await transaction.session.get(models.AgentBreaker, agent_id)
        if row is not None:
            _store(transaction, row, _breaker(row).begun(call_id, self._now()))

    async def ended(
        self,
        transaction: Transaction,
        agent_id: str,
        call_id: str,
        terminal: Finished | Failed | Cancelled,
    ) -> None:
        """Note how a call ended, in the transaction that keeps its end."""
        verdict = verdict_of(terminal)
        session = transaction.session
        row = await session.get(models.AgentBreaker, agent_id, with_for_update=True)
        before = Breaker() if row is None else _breaker(row)
        after = before.ended(call_id, verdict, self._now(), self._rules)
        if after == before:
            return
        if row is None:
            await session.execute(_ENSURE, {"agent_id": agent_id})
            row = await session.get_one(
                models.AgentBreaker, agent_id, with_for_update=True, populate_existing=True
            )
            after = _breaker(row).ended(call_id, verdict, self._now(), self._rules)
        _store(transaction, row, after)

    async def status(self, known: Iterable[str]) -> dict[str, BreakerStatus]:
        """The breakers of `known` agents and of all that ever failed, by agent id."""
        async with self._store.database.read() as session:
            rows = list(await session.scalars(select(models.AgentBreaker)))
        found = dict.fromkeys(known, Breaker())
        found |= {row.agent_id: _breaker(row).at(self._now(), self._rules) for row in rows}
        return {
            agent_id: BreakerStatus(
                breaker,
                breaker.half_open_at(self._rules) if breaker.state is BreakerState.OPEN else None,
            )
            for agent_id, breaker in sorted(found.items())
        }

    async def keep(self) -> None:
        """Tell for ever, within seconds, of breakers that mere waiting has made half-open."""
        await every(_LOOK_SECONDS, self.advance)

    async def advance(self) -> None:
        """Tell of the breakers that waiting has made half-open by now."""
        if await self._any_due():
            async with self._store.transaction() as transaction:
                await self.refusing(transaction)

    async def _any_due(self) -> bool:
        async with self._store.database.read() as session:
            rows = await session.scalars(
                select(models.AgentBreaker).where(models.AgentBreaker.state == BreakerState.OPEN)
            )
            return any(self._now() >= _breaker(row).half_open_at(self._rules) for row in rows)

    async def _not_closed(self, transaction: Transaction) -> list[models.AgentBreaker]:
        return list(await transaction.session.scalars(_NOT_CLOSED))

    def _advance(self, transaction: Transaction, row: models.AgentBreaker) -> Breaker:
        """The row brought up to the present."""
        breaker = _breaker(row).at(self._now(), self._rules)
        _store(transaction, row, breaker)
        return breaker

    def _reason(self, breaker: Breaker) -> str:
        if breaker.state is BreakerState.OPEN:
            until = iso(breaker.half_open_at(self._rules).replace(microsecond=0))
            return f"failed {breaker.failures} times in a row and is not asked before {until}"
        return "is being tried with one call after a series of failures"


def _breaker(row: models.AgentBreaker) -> Breaker:
    return Breaker(
        state=BreakerState(row.state),
        failures=row.failure_count,
        last_failure=row.last_failure,
        opened_at=row.opened_at,
        trial=row.trial_call,
        trial_at=row.trial_at,
    )


def _store(transaction: Transaction, row: models.AgentBreaker, breaker: Breaker) -> None:
    """Write `breaker` into its row; a change of its state is told."""
    if breaker.state != row.state:
        message = f"Circuit breaker {breaker.state.upper()} for agent '{row.agent_id}'"
        transaction.emit(SystemAlert(message=message, severity=_SEVERITY[breaker.state]))
    row.state = breaker.state
    row.failure_count = breaker.failures
    row.last_failure = breaker.last_failure
    row.opened_at = breaker.opened_at
    row.trial_call = breaker.trial
    row.trial_at = breaker.trial_at
