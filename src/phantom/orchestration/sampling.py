"""Best of N: several candidates of the first round at the same time, of which the best goes on.

How many is the plan's word (`hrm/sampling.py`). Money for all is reserved before any starts, and
where it does not suffice there are fewer. Each candidate works in a workspace of its own; its call
and its evaluation are steps of their own, so that a restart makes none of them twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from phantom.agents.choice import Situation
from phantom.agents.port import Agent, AgentRequest, Outcome
from phantom.agents.windows import Limited
from phantom.db import models
from phantom.engine.faults import fault_point
from phantom.errors import NoAgentAvailable
from phantom.events.store import EventStore, Transaction
from phantom.hrm.context import Context
from phantom.hrm.plan import Plan
from phantom.ledger import ledger
from phantom.ledger.ledger import MoneyHeld, OverBudget
from phantom.orchestration import journal
from phantom.orchestration.assess import Assessment, IterationResult, Trial
from phantom.orchestration.calls import CallResult, Calls, assign, open_iteration
from phantom.orchestration.run import Run
from phantom.orchestration.standing import rank
from phantom.orchestration.steps import Steps
from phantom.orchestration.stops import Reason, Stop
from phantom.orchestration.workspace import Origin, Workspace
from phantom.vocabulary import AgentType

LETTERS = "abcd"
_NOT_NOW = (Limited, MoneyHeld, OverBudget, NoAgentAvailable)
"""What is waited for, or ends the run, where one call alone is made."""


_WITH_NOTHING = frozenset({Reason.CANCELLED, Reason.DISK_FULL})
"""What ends a run without a result, whatever it has."""


class Sample(BaseModel):
    """The candidates that were begun, by letter; none where one call alone is to be made."""

    model_config = ConfigDict(frozen=True)

    letters: tuple[str, ...] = ()
    agent: str = ""


class Begun(BaseModel):
    """A candidate's workspace is ready, at the snapshot `commit`."""

    model_config = ConfigDict(frozen=True)

    commit: str


@dataclass(frozen=True, slots=True)
class Round:
    """What the candidates of a round share.

    Attributes:
        origin: what the run was cut from, which is where they start.
        request: that of the call which would be made alone.
        make: makes a call in a workspace; raises Stop with the call at its end.
        assess: measures and judges.
        known: whether the work of this agent is at hand already.
    """

    run: Run
    steps: Steps
    workspace: Workspace
    origin: Origin
    planned: Plan
    context: Context
    situation: Situation
    request: AgentRequest
    make: Callable[[AgentRequest, Workspace], Awaitable[CallResult]]
    assess: Callable[[Trial], Awaitable[Assessment]]
    known: Callable[[Agent], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """How a candidate ended; `assessment` is None where its call failed."""

    workspace: Workspace
    call: CallResult
    assessment: Assessment | None

    @property
    def result(self) -> IterationResult | None:
        """What the loop would make of it alone."""
        return None if self.assessment is None else self.assessment.result


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a sample came to: the iteration, or None and the calls that failed."""

    result: IterationResult | None = None
    failures: tuple[CallResult, ...] = ()


class _TooFew(Exception):
    """There is no second candidate; what was reserved for the first is given back."""


class Sampling:
    """Runs candidates side by side."""

    def __init__(self, store: EventStore, calls: Calls) -> None:
        self._store = store
        self._calls = calls

    async def best(self, shared: Round) -> Sampled:
        """The iteration that the best candidate makes; without one, a call is to be made alone."""
        number = shared.request.iteration
        sample = await shared.steps.run(
            f"sample-{number}",
            Sample,
            lambda: self._open(shared),
            lambda transaction, made: journal.sampled(
                transaction, shared.run, number, agent=made.agent, many=len(made.letters)
            ),
        )
        if not sample.letters:
            return Sampled()
        try:
            work = (_candidate(shared, letter) for letter in sample.letters)
            # Each comes to its end before an error counts: nothing is left at work.
            candidates = usable(await asyncio.gather(*work, return_exceptions=True))
            sampled = await self._keep(shared, sample, candidates)
        except Stop:
            await shared.workspace.remove_siblings()
            raise
        await shared.workspace.remove_siblings()
        return sampled

    async def _open(self, shared: Round) -> Sample:
        """Begin as many calls as are planned and can be paid, or none at all."""
        asked = [_request(shared, letter) for letter in LETTERS[: shared.planned.candidates]]
        if (before := await self._begun(asked)) is not None:
            return before  # a server before this one came as far as that
        try:
            agent = await self._choice(shared)
            if agent.agent_type is AgentType.LOCAL or await shared.known(agent):
                return Sample()
            opened = await self._reserve(shared, agent, asked)
        except (_TooFew, *_NOT_NOW):
            return Sample()
        fault_point("sample:opened")
        return Sample(letters=tuple(each.candidate for each in opened), agent=agent.agent_id)

    async def _begun(self, asked: Sequence[AgentRequest]) -> Sample | None:
        ids = [each.call_id for each in asked]
        wanted = select(models.AgentCall).where(models.AgentCall.call_id.in_(ids))
        async with self._store.database.read() as session:
            found = {call.call_id: call.agent for call in await session.scalars(wanted)}
        letters = tuple(each.candidate for each in asked if each.call_id in found)
        return Sample(letters=letters, agent=found[ids[0]]) if letters else None

    async def _choice(self, shared: Round) -> Agent:
        async with self._store.transaction() as transaction:
            closed = await self._calls.windows.closed(transaction.session)
            return await self._calls.choose(transaction, shared.run, shared.situation, closed)

    async def _reserve(
        self, shared: Round, agent: Agent, asked: Sequence[AgentRequest]
    ) -> list[AgentRequest]:
        """Open the calls, in one transaction: all of them are begun, or none."""
        opened: list[AgentRequest] = []
        async with self._store.transaction() as transaction:
            await shared.run.claim.hold(transaction.session)
            # Asked again, since a breaker may have opened, and locked from here on.
            closed = await self._calls.windows.closed(transaction.session)
            situation = replace(shared.situation, requested=agent.agent_id)
            await self._calls.choose(transaction, shared.run, situation, closed)
            for request in asked:
                if not await self._affords(transaction, shared, request, agent):
                    break
                opened.append(request)
            refused = await self._calls.breakers.refusing(transaction)
            if len(opened) < 2 or agent.agent_id in refused:
                raise _TooFew
            await open_iteration(transaction, shared.run, shared.request.iteration, agent)
            await assign(transaction, shared.run, agent)
        return opened

    async def _affords(
        self, transaction: Transaction, shared: Round, request: AgentRequest, agent: Agent
    ) -> bool:
        """Open one more call, where all that it may cost can be set aside."""
        session = transaction.session
        try:
            call = await self._calls.begin(transaction, shared.run, request, agent, shared.context)
        except (MoneyHeld, OverBudget):
            return False
        wanted = select(models.LedgerEntry).where(
            models.LedgerEntry.call_id == request.call_id, models.LedgerEntry.kind == "reserve"
        )
        entry = (await session.scalars(wanted)).one()
        if (entry.amount_micros or 0) >= (entry.foreseen_micros or 0):
            return True
        await session.delete(entry)
        await session.delete(call)
        await session.flush()
        return False

    async def _keep(
        self, shared: Round, sample: Sample, candidates: Sequence[Candidate]
    ) -> Sampled:
        """Let the best candidate's tree go on, and keep the others' to be looked at."""
        measured = [each for each in candidates if each.result is not None]
        if not measured:
            return Sampled(failures=tuple(each.call for each in candidates))

        async def adopt() -> Assessment:
            ids = [_request(shared, letter).call_id for letter in sample.letters]
            return await _adopt(shared.workspace, measured, await self._paid(ids))

        number = shared.request.iteration
        assessment = await shared.steps.run(
            f"evaluate-{number}",
            Assessment,
            adopt,
            lambda transaction, made: journal.iteration_evaluated(
                transaction, shared.run, shared.planned, made
            ),
        )
        return Sampled(assessment.result)

    async def _paid(self, call_ids: Sequence[str]) -> Mapping[str, object]:
        """Tokens and US dollars of all the calls, stopped ones too; None for an unknown cost."""
        wanted = select(models.AgentCall).where(models.AgentCall.call_id.in_(call_ids))
        async with self._store.database.read() as session:
            calls = list(await session.scalars(wanted))
        known = [call.cost_micros for call in calls if call.cost_micros is not None]
        return {
            "cost": ledger.dollars(sum(known)) if len(known) == len(calls) else None,
            "tokens": sum(call.tokens for call in calls),
        }


async def _candidate(shared: Round, letter: str) -> Candidate:
    """One candidate from its workspace to its evaluation."""
    number, base = shared.request.iteration, shared.origin.base_commit
    workspace = shared.workspace.sibling(f"{number}{letter}")

    async def begin() -> Begun:
        await shared.workspace.branch_off(base, workspace, shared.origin.repository)
        return Begun(commit=base)

    await shared.steps.run(f"candidate-{number}{letter}", Begun, begin)
    where = {
        "workspace": workspace.tree,
        "scratch": workspace.scratch,
        "borrowed": await asyncio.to_thread(workspace.borrowed),
    }
    request = _request(shared, letter).model_copy(update=where)
    call = await shared.steps.run(
        f"call-{number}-1{letter}", CallResult, lambda: shared.make(request, workspace)
    )
    if call.error is not None or call.outcome is not Outcome.DONE:
        return Candidate(workspace, call, None)
    trial = Trial(
        run=shared.run,
        workspace=workspace,
        base_commit=base,
        number=number,
        planned=shared.planned.iterations,
        call=call,
        before=base,
        mark=request.mark,
    )
    assessment = await shared.steps.run(
        f"evaluate-{number}{letter}", Assessment, lambda: shared.assess(trial)
    )
    return Candidate(workspace, call, assessment)


def _request(shared: Round, letter: str) -> AgentRequest:
    changes = {"call_id": f"{shared.request.call_id}{letter}", "candidate": letter}
    return shared.request.model_copy(update=changes)


async def _adopt(
    workspace: Workspace, measured: Sequence[Candidate], paid: Mapping[str, object]
) -> Assessment:
    """Set `workspace` to the best candidate's tree. Its iteration has cost what all have cost."""
    results = [each.result for each in measured if each.result is not None]
    best = max(results, key=rank)  # of equals the first
    for each, result in zip(measured, results, strict=True):
        await workspace.take_in(each.workspace, result.commit)
    await workspace.restore(best.commit)
    chosen = measured[results.index(best)].assessment
    assert chosen is not None
    result = best.model_copy(update={"call": best.call.model_copy(update=paid)})
    return chosen.model_copy(update={"result": result})


def usable(ended: Sequence[Candidate | BaseException]) -> list[Candidate]:
    """The candidates that came to their end, where there is something to be made of them.

    Raises what ended the others where the run is to end with nothing, where none was evaluated, and
    what nobody expected.
    """
    done: list[Candidate] = []
    stops: list[Stop] = []
    for each in ended:
        if isinstance(each, Candidate):
            done.append(each)
        elif isinstance(each, Stop):
            stops.append(each)
        else:
            raise each
    final = [stop for stop in stops if stop.reason in _WITH_NOTHING]
    if final or (stops and not any(each.result is not None for each in done)):
        raise (final or stops)[0]
    return done
