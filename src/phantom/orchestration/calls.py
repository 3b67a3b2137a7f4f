"""One agent call: reserved, followed, journalled, settled; a finished one is never made again."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from pydantic import BaseModel, ConfigDict

from phantom.agents.breakers import Breakers
from phantom.agents.choice import Chooser, Situation
from phantom.agents.fleet import Fleet
from phantom.agents.port import (
    Activity,
    Agent,
    AgentEvent,
    AgentRequest,
    Cancelled,
    ErrorKind,
    Failed,
    Finished,
    Outcome,
    UsageReport,
)
from phantom.agents.windows import Window, Windows
from phantom.clock import utc_now
from phantom.db import models
from phantom.engine.faults import fault_point
from phantom.engine.leaving import Leaving
from phantom.errors import NoAgentAvailable
from phantom.events.store import EventStore, Transaction
from phantom.events.types import AgentActivity, AgentSwitch
from phantom.hrm.context import Context
from phantom.hrm.preference import Candidate
from phantom.ledger import ledger, rollups
from phantom.ledger.ledger import Account
from phantom.orchestration.calling_off import call_off
from phantom.orchestration.choosing import Limits, candidates, choose, preference, why_changed
from phantom.orchestration.clocks import with_clocks
from phantom.orchestration.narration import Narrator
from phantom.orchestration.purse import Purse
from phantom.orchestration.run import Run
from phantom.orchestration.sessions import to_continue
from phantom.orchestration.telling import emit_update
from phantom.orchestration.waiting import as_soon_as_possible
from phantom.vocabulary import AgentType, CostSource

# What it cost up to then is what it had told itself, where it had.
_STOPPED = Cancelled(cost=None, cost_source=CostSource.UNKNOWN)
_GONE = Failed(
    kind=ErrorKind.NOT_INSTALLED,
    message="The agent was disconnected while it was at work.",
    cost=None,
    cost_source=CostSource.UNKNOWN,
)
_ENDLESS = Failed(
    kind=ErrorKind.ERROR,
    message="The agent's events ended without a result.",
    cost=None,
    cost_source=CostSource.UNKNOWN,
)


_REUSED = "the same was asked and accepted before: that work is taken again, at no cost"

Reused = Callable[[Agent, AgentRequest], Awaitable[Finished | None]]


class CallResult(BaseModel):
    """How a call ended, as the loop goes on from it."""

    model_config = ConfigDict(frozen=True)

    agent: str
    agent_type: str
    error: ErrorKind | None = None
    message: str = ""
    content: str = ""
    outcome: Outcome = Outcome.DONE
    tokens: int = 0
    cost: float | None = 0.0
    session_id: str | None = None
    metadata: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes the agent calls of runs."""

    store: EventStore
    fleet: Fleet
    chooser: Chooser
    breakers: Breakers
    windows: Windows
    purse: Purse
    leaving: Leaving

    async def make(
        self,
        run: Run,
        request: AgentRequest,
        situation: Situation,
        context: Context,
        reused: Reused,
    ) -> CallResult:
        """The call's result: from the journal where it finished before, else by making it.

        `context` is what the request shows of the repository; its size is kept with the call.
        `reused` gives the end of a call that need not be made at all.
        """
        journalled = await self._journalled(request.call_id)
        if journalled is not None and journalled.terminal is not None:
            return _result(journalled)
        if journalled is None:
            opened = as_soon_as_possible(
                lambda: self._open_with_whoever_came(run, request, situation, context),
                self.store,
                run,
                request.iteration,
            )
            agent, call = await self.leaving.unless(opened)
            fault_point("call:opened")
        else:
            begun = await self._agent_at_work(journalled)
            if begun is None:
                return _result(await self._close(run, request.call_id, _GONE))
            agent, call = begun, journalled
        request = await self._as_opened(run, request, call)
        terminal = await self._follow(run, request, agent, call.events_seen, reused)
        fault_point("call:followed")
        closed = await self._close(run, request.call_id, terminal)
        fault_point("call:journalled")
        if not isinstance(terminal, Finished):
            call_off(agent, request.call_id)
        return _result(closed)

    async def cancel(self, run: Run, call_id: str) -> None:
        """Journal that a call was stopped: what it had used is paid, the rest is refunded."""
        journalled = await self._journalled(call_id)
        if journalled is not None and journalled.terminal is None:
            await self._close(run, call_id, _STOPPED)
            call_off(await self._agent_at_work(journalled), call_id)

    async def _journalled(self, call_id: str) -> models.AgentCall | None:
        async with self.store.database.read() as session:
            return await session.get(models.AgentCall, call_id)

    async def _agent_at_work(self, call: models.AgentCall) -> Agent | None:
        """Whom an earlier server called, or None where nobody has the connection any more."""
        async with self.store.database.read() as session:
            return (await self.fleet.muster(session)).find(call.agent)

    async def _as_opened(
        self, run: Run, request: AgentRequest, call: models.AgentCall
    ) -> AgentRequest:
        """The request with what the caps left for it, going on in a session where that pays."""
        if call.agent_type == AgentType.LOCAL:
            return request  # costs nothing and keeps no sessions
        async with self.store.database.read() as session:
            allowed = await ledger.allowed(session, call.call_id)
            session_id = await to_continue(session, run, call)
        changes = {"session_id": session_id, "budget": ledger.dollars(allowed)}
        return request.model_copy(update=changes)

    async def _open_with_whoever_came(
        self, run: Run, request: AgentRequest, situation: Situation, context: Context
    ) -> tuple[Agent, models.AgentCall]:
        try:
            return await self._open(run, request, situation, context)
        except NoAgentAvailable:
            # Whom the user was told to install may be there by now.
            if not await self.fleet.look_again():
                raise
            return await self._open(run, request, situation, context)

    async def _open(
        self,
        run: Run,
        request: AgentRequest,
        situation: Situation,
        context: Context,
    ) -> tuple[Agent, models.AgentCall]:
        async with self.store.transaction() as transaction:
            await run.claim.hold(transaction.session)
            closed = await self.windows.closed(transaction.session)
            agent, new = await self._choice(transaction, run, situation, closed)
            call = await self.begin(transaction, run, request, agent, context)
            await open_iteration(transaction, run, request.iteration, agent)
            await assign(transaction, run, agent)
            if new:
                _tell_new(transaction, run, request.iteration, agent)
            if (current := situation.current) not in {None, agent.agent_id}:
                refusing = await self.breakers.refusing(transaction)
                switch = AgentSwitch(
                    task_id=run.task_id,
                    from_agent=current or "",
                    to_agent=agent.agent_id,
                    reason=why_changed(situation, closed, refusing),
                )
                await _switched(transaction, run, request.iteration, switch)
        return agent, call

    async def successors(self, run: Run, situation: Situation) -> list[Candidate]:
        """Who could take the place of the current agent now."""
        found = await self.askable(run, situation)
        async with self.store.database.read() as session:
            closed = await self.windows.closed(session)
        out = {*closed, situation.current, *preference(run, found).held_back}
        return [
            each
            for each in found
            if each.agent_id not in out and each.agent_type is not AgentType.LOCAL
        ]

    async def askable(self, run: Run, situation: Situation) -> list[Candidate]:
        """Who may be called now, or once a usage limit resumes; the preferred one first."""
        async with self.store.database.read() as session:
            muster = await self.fleet.muster(session)
            found = await candidates(session, run, muster.agents)
        status = await self.breakers.status([each.agent_id for each in found])
        out = {*muster.unavailable, *situation.tried}
        out |= {id_ for id_, each in status.items() if not each.breaker.admits}
        order = preference(run, found).order
        able = [each for each in found if each.agent_id not in out]
        return sorted(able, key=lambda each: order.index(each.agent_id))

    async def begin(
        self,
        transaction: Transaction,
        run: Run,
        request: AgentRequest,
        agent: Agent,
        context: Context,
    ) -> models.AgentCall:
        """Reserve the money of a call and open its row. Raises as `ledger.reserve` does."""
        await self.breakers.begun(transaction, agent.agent_id, request.call_id)
        await self.purse.reserve(transaction.session, run, request, agent)
        call = models.AgentCall(
            call_id=request.call_id,
            task_id=run.task_id,
            attempt=run.attempt,
            iteration=request.iteration,
            agent=agent.agent_id,
            agent_type=agent.agent_type,
            state="running",
            context_tokens=context.sent_tokens,
            original_context_tokens=context.original_tokens,
            started_at=utc_now(),
            events_seen=0,
        )
        transaction.session.add(call)
        return call

    async def choose(
        self,
        transaction: Transaction,
        run: Run,
        situation: Situation,
        closed: Mapping[str, Window],
    ) -> Agent:
        """The agent of a new call, among those that are enabled and whose breakers admit it."""
        agent, _ = await self._choice(transaction, run, situation, closed)
        return agent

    async def _choice(
        self,
        transaction: Transaction,
        run: Run,
        situation: Situation,
        closed: Mapping[str, Window],
    ) -> tuple[Agent, bool]:
        """The same, and whether it is asked for want of others, though it is held back."""
        muster = await self.fleet.muster(transaction.session)
        unavailable = {**await self.breakers.refusing(transaction), **muster.unavailable}
        limits = Limits(closed, run.deadline, run.config.agent_switching.strategy)
        preferred = preference(run, await candidates(transaction.session, run, muster.agents))
        situation = replace(
            situation,
            unavailable=unavailable,
            order=preferred.order,
            held_back=preferred.held_back,
        )
        agent = choose(self.chooser, situation, muster.agents, limits)
        wanted = situation.requested is not None or agent.agent_id == situation.current
        return agent, agent.agent_id in preferred.held_back and not wanted

    async def _follow(
        self, run: Run, request: AgentRequest, agent: Agent, seen: int, reused: Reused
    ) -> Finished | Failed | Cancelled:
        """The terminal event; everything before it is told, a few times a second at most."""
        narrator = Narrator(self.store, run, request, agent.agent_id, seen)
        if (answer := await reused(agent, request)) is not None:
            await narrator.take(Activity(message=_REUSED, detail={"kind": "reused"}))
            await narrator.flush()
            return answer
        if not agent.outlives_server:
            # It is given the time to come to its end, since it is paid for.
            return await self._told(agent, request, narrator)
        # Whoever takes the run over follows it from here.
        return await self.leaving.unless(self._told(agent, request, narrator))

    async def _told(
        self, agent: Agent, request: AgentRequest, narrator: Narrator
    ) -> Finished | Failed | Cancelled:
        # `Agent.run` is declared as an iterator; every adapter is a generator, which can be closed.
        stream = cast("AsyncGenerator[AgentEvent]", agent.run(request))
        async with aclosing(stream) as events:
            try:
                async for event in with_clocks(events, request.clocks):
                    if isinstance(event, Finished | Failed | Cancelled):
                        return event
                    await narrator.take(event)
            finally:
                await narrator.flush()
        return _ENDLESS

    async def _close(
        self, run: Run, call_id: str, terminal: Finished | Failed | Cancelled
    ) -> models.AgentCall:
        async with self.store.transaction() as transaction:
            await run.claim.hold(transaction.session)
            call = await transaction.session.get_one(
                models.AgentCall, call_id, with_for_update=True
            )
            if call.terminal is not None:
                return call
            terminal = _as_told(call, terminal)
            await self.breakers.ended(transaction, call.agent, call_id, terminal)
            await self.windows.ended(transaction, call.agent, call.started_at, terminal)
            call.state = terminal.type
            call.terminal = terminal.model_dump(mode="json")
            call.tokens = terminal.usage.total
            call.cost_micros = ledger.micros(terminal.cost)
            call.cost_source = terminal.cost_source
            call.completed_at = utc_now()
            await ledger.settle(
                transaction.session,
                Account(call_id, run.task_id, run.project_id, call.agent),
                call.cost_micros,
                terminal.cost_source,
                stopped=terminal.type == "cancelled",
            )
            await rollups.add(transaction.session, rollups.of_call(call, run.project_id))
        return call


def _as_told(
    call: models.AgentCall, terminal: Finished | Failed | Cancelled
) -> Finished | Failed | Cancelled:
    """The end with what the agent had told of its usage, where the end itself knows nothing."""
    if terminal.cost is not None or terminal.usage.total > 0:
        return terminal
    if call.agent_type == AgentType.LOCAL:
        return terminal.model_copy(update={"cost": 0.0, "cost_source": CostSource.AGENT})
    if call.used is None:
        return terminal
    used = UsageReport.model_validate(call.used)
    source = CostSource.UNKNOWN if used.cost is None else used.cost_source
    changes = {"usage": used.usage, "cost": used.cost, "cost_source": source}
    return terminal.model_copy(update=changes)


async def assign(transaction: Transaction, run: Run, agent: Agent) -> None:
    """Show the agent on the task."""
    task = await transaction.session.get_one(models.Task, run.task_id)
    task.assigned_agent = agent.agent_type


def _tell_new(transaction: Transaction, run: Run, number: int, agent: Agent) -> None:
    """Say that an agent without a record is asked, though such are held back."""
    transaction.emit(
        AgentActivity(
            task_id=run.task_id,
            iteration=number,
            agent=agent.agent_id,
            message="It has no record yet and is asked since nobody else is left; "
            "`allow_experimental` would admit it like all others.",
            detail={"kind": "new"},
        ),
        task_id=run.task_id,
        project_id=run.project_id,
    )


async def _switched(transaction: Transaction, run: Run, number: int, switch: AgentSwitch) -> None:
    """Count a change of the agent, keep it with the iteration, and tell it."""
    task = await transaction.session.get_one(models.Task, run.task_id)
    task.agent_switches += 1
    found = await transaction.session.scalars(
        models.ITERATION, {"task_id": run.task_id, "attempt": run.attempt, "number": number}
    )
    row = found.one()
    kept = switch.model_dump(mode="json", include={"from_agent", "to_agent", "reason"})
    row.switches = [*(row.switches or []), kept]
    transaction.emit(switch, task_id=run.task_id, project_id=run.project_id)


async def open_iteration(transaction: Transaction, run: Run, number: int, agent: Agent) -> None:
    """The first call of an iteration opens it; the task shows it from then on."""
    session = transaction.session
    opened = await session.scalar(
        models.ITERATION, {"task_id": run.task_id, "attempt": run.attempt, "number": number}
    )
    if opened is not None:
        return
    session.add(
        models.Iteration(
            task_id=run.task_id, attempt=run.attempt, number=number, agent=agent.agent_id
        )
    )
    task = await session.get_one(models.Task, run.task_id)
    task.current_iteration = number
    emit_update(transaction, task)


def _result(call: models.AgentCall) -> CallResult:
    common = {
        "agent": call.agent,
        "agent_type": call.agent_type,
        "tokens": call.tokens,
        "cost": ledger.dollars(call.cost_micros),
    }
    terminal = call.terminal or {}
    match call.state:
        case "finished":
            done = Finished.model_validate(terminal)
            return CallResult(
                **common,
                content=done.content,
                outcome=done.outcome,
                session_id=done.session_id,
                metadata=done.metadata,
            )
        case "failed":
            failed = Failed.model_validate(terminal)
            return CallResult(**common, error=failed.kind, message=failed.message)
        case _:
            return CallResult(**common, error=ErrorKind.CANCELLED, message="The call was stopped.")
