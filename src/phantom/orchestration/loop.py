"""The loop: the story of a task, told once from the workspace to the branch."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import structlog

from phantom.agents.breakers import Breakers
from phantom.agents.choice import Chooser, Situation
from phantom.agents.fleet import Fleet
from phantom.agents.port import Agent, AgentRequest, Clocks, ErrorKind, Finished, Outcome
from phantom.agents.windows import Windows
from phantom.clock import utc_now
from phantom.db import models
from phantom.engine.faults import fault_point
from phantom.engine.leaving import Leaving, Released
from phantom.events.store import EventStore
from phantom.hrm import context as contexts
from phantom.hrm import history
from phantom.hrm.context import Context
from phantom.hrm.estimator import foresee
from phantom.hrm.plan import Plan
from phantom.hrm.resolve import Configurations, Pinned
from phantom.hrm.sampling import candidates
from phantom.hrm.switching import Move, Turn
from phantom.orchestration import finish, journal
from phantom.orchestration.asking import Answer, Question, answered, ask
from phantom.orchestration.assess import Assessment, Assessor, IterationResult, Trial
from phantom.orchestration.calls import CallResult, Calls, Reused
from phantom.orchestration.cancellation import Cancellations
from phantom.orchestration.claim import Deleted
from phantom.orchestration.finish import Delivery
from phantom.orchestration.purse import Purse
from phantom.orchestration.retries import given_up, pause_before_next
from phantom.orchestration.reuse import Reuse, refuted, work_of
from phantom.orchestration.room import Room
from phantom.orchestration.run import Run, held, load
from phantom.orchestration.sampling import Begun, Round, Sampling
from phantom.orchestration.standing import set_back_to, to_go_on_from
from phantom.orchestration.steps import Steps, insist, load_records
from phantom.orchestration.stops import Reason, Stop, as_stop
from phantom.orchestration.story import (
    Story,
    by_hand,
    ending_of,
    may_change,
    nobody_left,
    request_of,
    situation_of,
    undecided,
)
from phantom.orchestration.telling import emit_update
from phantom.orchestration.turns import OVER, is_over, next_move
from phantom.orchestration.workspace import Origin, Workspace
from phantom.vocabulary import TaskStatus

MAX_STARTS = 25
"""A run that took the server down this often is given up."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class TaskLoop:
    """Runs tasks. Each numbered step is durable: a restart goes on after the last finished one."""

    def __init__(
        self,
        *,
        store: EventStore,
        fleet: Fleet,
        chooser: Chooser,
        breakers: Breakers,
        windows: Windows,
        purse: Purse,
        reuse: Reuse,
        assessor: Assessor,
        cancellations: Cancellations,
        leaving: Leaving,
        room: Room,
        configurations: Configurations,
        workspaces: Path,
        clocks: Clocks | None = None,
    ) -> None:
        self._store = store
        self._clocks = clocks or Clocks()
        self._configurations = configurations
        self._fleet = fleet
        self._reuse = reuse
        self._calls = Calls(store, fleet, chooser, breakers, windows, purse, leaving)
        self._sampling = Sampling(store, self._calls)
        self._assessor = assessor
        self._cancellations = cancellations
        self._leaving = leaving
        self._room = room
        self._workspaces = workspaces

    async def run(self, task_id: str, attempt: int) -> None:
        """One run of a task, from wherever an earlier process left it."""
        self._cancellations.watch(task_id)
        try:
            await self._room.wait(task_id, self._leaving)
            story = await insist(lambda _: self._begin(task_id, attempt))
            if story is not None:
                await self._tell(story)
        except Deleted:
            return
        finally:
            self._cancellations.forget(task_id)

    async def _tell(self, story: Story) -> None:
        stop: Stop | None = None
        try:
            await self._prepare_workspace(story)
            await self._gather_context(story)
            planned = await self._plan(story)
            number = 1
            while number <= planned.iterations:
                result = await self._iterate(story, number, planned)
                story.move = await self._turn(story, result)
                if story.move.turn is Turn.STOP:
                    break
                number += 1
                planned = await self._follow_configuration(story, number, planned)
        except (Released, Deleted):
            raise
        except Exception as error:  # noqa: BLE001 - the last resort: whatever happened, the task must end
            stop = as_stop(error)
            if stop is None and await asyncio.to_thread(story.workspace.is_gone):
                stop = Stop(Reason.WORKSPACE, story.workspace.gone)
            if stop is None:
                _log.exception("run failed by a bug", task_id=story.run.task_id)
                stop = Stop(Reason.INTERNAL_ERROR, f"Phantom itself failed: {error}")
            if stop.reason is Reason.DISK_FULL:
                # Its own files are the likeliest to fill the disk; the end needs room to be kept.
                await story.workspace.end_processes(story.run.task_id)
                await story.workspace.remove()
        await self._finish(story, stop)

    def workspace(self, task_id: str, attempt: int) -> Workspace:
        """The directories of one run."""
        return Workspace(self._workspaces / task_id / str(attempt))

    async def _begin(self, task_id: str, attempt: int) -> Story | None:
        """Mark the task as under way; None where there is nothing left to do."""
        async with self._store.transaction() as transaction:
            # Locked: a cancellation that is being written at this moment must not be overwritten.
            task = await transaction.session.get(models.Task, task_id, with_for_update=True)
            if task is None or task.attempt != attempt:
                return None
            if task.status not in {TaskStatus.PENDING, TaskStatus.IN_PROGRESS}:
                return None
            if task.status == TaskStatus.PENDING:
                project = await transaction.session.get_one(models.Project, task.project_id)
                await self._configurations.pin(transaction.session, task, project)
                task.status = TaskStatus.IN_PROGRESS
                task.started_at = utc_now()
                emit_update(transaction, task)
            task.starts += 1
            if task.cancel_requested:
                self._cancellations.request(task_id)
            run = await load(transaction.session, task, task.started_at or utc_now())
            resumed = task.starts > 1
            known = await load_records(transaction.session, task_id, attempt) if resumed else {}
            crash_loop = task.starts > MAX_STARTS
        workspace = self.workspace(task_id, attempt)
        if crash_loop:
            await workspace.end_processes(task_id)
            await self._give_up(run)
            return None
        return Story(run, Steps(self._store, run.claim, self._leaving, known), workspace)

    async def _give_up(self, run: Run) -> None:
        detail = f"The server died {MAX_STARTS} times during this run; it is not tried again."
        changes = {"failure_reason": Reason.CRASH_LOOP, "failure_detail": detail}
        async with self._store.transaction() as transaction:
            await journal.ended(
                transaction, run.task_id, finish.Ending(status=TaskStatus.FAILED, changes=changes)
            )

    async def _prepare_workspace(self, story: Story) -> None:
        run = story.run

        async def cut() -> Origin:
            origin = await self._race(run, story.workspace.create(run.branch, run.workspace))
            await self._assessor.check(run, story.workspace, origin.base_commit)
            return origin

        story.origin = await story.steps.run(
            "workspace",
            Origin,
            cut,
            lambda transaction, origin: journal.workspace_ready(transaction, run, origin),
        )

    async def _gather_context(self, story: Story) -> None:
        latent = story.run.config.latent_reasoning
        ratio = latent.compression_ratio_target if latent.enabled else 1.0

        async def gather() -> Context:
            tracked = await story.workspace.tracked_files() if story.run.files else []
            context, excerpts = await asyncio.to_thread(
                contexts.compress, story.workspace.tree, tracked, story.run.files, ratio
            )
            # Big text goes to a file: a step's record is small.
            await asyncio.to_thread(story.workspace.excerpts.write_text, excerpts)
            return context

        story.context = await story.steps.run("context", Context, gather)

    async def _plan(self, story: Story, name: str = "plan") -> Plan:
        run = story.run

        async def foreseen() -> Plan:
            async with self._store.database.read() as session:
                basis = await history.basis(
                    session, project_id=run.project_id, task_type=run.task_type
                )
            plan = foresee(run.config, run.config_id, basis)
            many = candidates(run.config, basis, plan.iterations, run.worth_of_an_hour)
            return plan.model_copy(update={"candidates": many})

        return await story.steps.run(
            name,
            Plan,
            foreseen,
            lambda transaction, made: journal.planned(transaction, run, made),
        )

    async def _follow_configuration(self, story: Story, number: int, planned: Plan) -> Plan:
        """Between two rounds: go on under the configuration that the run is held to by now.

        Which one that is becomes a step's record: a resumed run takes the same turns again.
        """
        task_id = story.run.task_id

        async def look() -> Pinned:
            async with self._store.database.read() as session:
                return await held(session, task_id)

        pinned = await story.steps.run(f"config-{number}", Pinned, look)
        story.run = replace(story.run, config_id=pinned.config_id, config=pinned.effective)
        if pinned.config_id == planned.config_id:
            return planned
        return await self._plan(story, f"plan-{number}")

    async def _iterate(self, story: Story, number: int, planned: Plan) -> IterationResult:
        await self._set_back(story, number)
        await self._ask(story, number, 1)
        result = await self._sampled(story, number, planned)
        if result is None:
            call = await self._call(story, number)
            result = await self._evaluate(story, number, planned, call)
        story.iterations.append(result)
        return result

    async def _turn(self, story: Story, last: IterationResult) -> Move:
        """Go on with the same agent, change it, or end here."""
        if is_over(last):
            return OVER
        situation = situation_of(story)
        return await story.steps.run(
            f"turn-{last.number}",
            Move,
            lambda: next_move(
                self._calls, story.run, story.iterations, situation, free=may_change(story)
            ),
            lambda transaction, move: journal.turned(transaction, story.run, last.number, move),
        )

    async def _ask(self, story: Story, number: int, attempt: int) -> None:
        """Have somebody choose the agent, where the strategy is `manual` and one has to be."""
        if not by_hand(story) or not undecided(story, attempt):
            return
        run, situation = story.run, situation_of(story)
        question = Question(f"{number}-{attempt}", number, situation.leave)

        async def wait() -> Answer:
            asked = ask(self._store, self._calls, run, question, situation)
            return await self._race(run, self._leaving.unless(asked))

        answer = await story.steps.run(
            f"choice-{question.key}",
            Answer,
            wait,
            lambda transaction, answer: answered(transaction, run, answer),
        )
        story.chosen = answer.agent_id

    async def _start_over(self, story: Story, number: int, attempt: int) -> None:
        """Before another agent takes over from one that failed: nothing is left of its attempt."""
        if story.last_agent not in given_up(story.failures):
            return
        assert story.origin is not None
        best = to_go_on_from(story.iterations)
        commit = best.commit if best is not None else story.origin.base_commit

        async def restore() -> Begun:
            # Its cage may still be tidying up, which fails git where both remove the same.
            await story.workspace.end_processes(story.run.task_id)
            await self._race(story.run, story.workspace.restore(commit))
            return Begun(commit=commit)

        await story.steps.run(f"restore-{number}-{attempt}", Begun, restore)

    async def _set_back(self, story: Story, number: int) -> None:
        """Let the best tree go on, where the last iteration made things worse."""
        best = set_back_to(story.iterations)
        if best is None:
            return
        worse = story.iterations[-1]

        async def restore() -> IterationResult:
            await self._race(story.run, story.workspace.restore(best.commit))
            return best

        await story.steps.run(
            f"restore-{number}",
            IterationResult,
            restore,
            lambda transaction, kept: journal.set_back(transaction, story.run, kept, worse),
        )

    async def _sampled(self, story: Story, number: int, planned: Plan) -> IterationResult | None:
        """The first round by the best of several candidates, where that is planned and possible."""
        if number > 1 or planned.candidates == 1:
            return None
        assert story.origin is not None
        excerpts = await asyncio.to_thread(story.workspace.excerpts.read_text)
        base, situation = story.origin.base_commit, situation_of(story)
        request = request_of(story, number, 1, excerpts, self._clocks)

        async def make(request: AgentRequest, workspace: Workspace) -> CallResult:
            return await self._in_bounds(story, request, workspace, situation, _nothing_reused)

        async def known(agent: Agent) -> bool:
            return await self._reuse.knows(story.run, agent, request, story.workspace, base)

        sampled = await self._sampling.best(
            Round(
                run=story.run,
                steps=story.steps,
                workspace=story.workspace,
                origin=story.origin,
                planned=planned,
                context=story.context,
                situation=situation,
                request=request,
                make=make,
                assess=lambda trial: self._race(story.run, self._assessor.assess(trial)),
                known=known,
            )
        )
        calls = [sampled.result.call] if sampled.result is not None else sampled.failures
        for call in calls:
            self._take_note(story, call)
        return sampled.result

    async def _call(self, story: Story, number: int) -> CallResult:
        """The first call that finishes; an agent that keeps failing is replaced by the next."""
        attempt = 0
        while True:
            attempt += 1
            if attempt > 1:
                await self._start_over(story, number, attempt)
                await self._ask(story, number, attempt)
            excerpts = await asyncio.to_thread(story.workspace.excerpts.read_text)
            borrowed = await asyncio.to_thread(story.workspace.borrowed)
            request = request_of(story, number, attempt, excerpts, self._clocks).model_copy(
                update={"borrowed": borrowed}
            )
            try:
                result = await story.steps.run(
                    f"call-{number}-{attempt}",
                    CallResult,
                    lambda request=request: self._make(story, request),  # type: ignore[misc]
                )
            except Stop as stop:
                if stop.reason is Reason.NO_AGENT and story.failures:
                    raise nobody_left(story.failures) from stop
                raise
            self._take_note(story, result)
            if result.error is None and result.outcome is Outcome.DONE:
                return result

    def _take_note(self, story: Story, call: CallResult) -> None:
        story.switches += story.last_agent not in {None, call.agent}
        story.last_agent = call.agent
        done = call.error is None and call.outcome is Outcome.DONE
        if not done and call.error is not ErrorKind.RATE_LIMIT:  # is waited for, not counted
            story.failures.append(call)
        if done or call.outcome is Outcome.NEEDS_AGENT:
            story.last_call = call

    async def _make(self, story: Story, request: AgentRequest) -> CallResult:
        await self._race(story.run, asyncio.sleep(pause_before_next(story.failures)))
        return await self._in_bounds(
            story, request, story.workspace, situation_of(story), self._reused(story)
        )

    async def _in_bounds(
        self,
        story: Story,
        request: AgentRequest,
        workspace: Workspace,
        situation: Situation,
        reused: Reused,
    ) -> CallResult:
        """Make a call; however it ends, nothing of it is left at work."""
        try:
            result = await self._race(
                story.run, self._calls.make(story.run, request, situation, story.context, reused)
            )
        except Stop:
            await workspace.end_processes(request.mark)
            await self._calls.cancel(story.run, request.call_id)
            raise
        if result.error is not None:
            # A silent or raving agent that is a process of its own does not end by itself.
            await workspace.end_processes(request.mark)
        return result

    def _reused(self, story: Story) -> Reused:
        """What looks for work that was accepted before."""
        assert story.origin is not None
        base = story.origin.base_commit

        async def look(agent: Agent, request: AgentRequest) -> Finished | None:
            return await self._reuse.answer(story.run, agent, request, story.workspace, base)

        return look

    async def _evaluate(
        self, story: Story, number: int, planned: Plan, call: CallResult
    ) -> IterationResult:
        assert story.origin is not None
        start = to_go_on_from(story.iterations)
        trial = Trial(
            run=story.run,
            workspace=story.workspace,
            base_commit=story.origin.base_commit,
            number=number,
            planned=planned.iterations,
            call=call,
            before=start.commit if start is not None else story.origin.base_commit,
            seen=(story.origin.base_commit, *(each.commit for each in story.iterations)),
        )

        async def assess() -> Assessment:
            return await self._race(story.run, self._assessor.assess(trial))

        assessment = await story.steps.run(
            f"evaluate-{number}",
            Assessment,
            assess,
            lambda transaction, made: journal.iteration_evaluated(
                transaction, story.run, planned, made
            ),
        )
        return assessment.result

    async def _finish(self, story: Story, stop: Stop | None) -> None:
        nothing = stop is not None and stop.reason in {Reason.CANCELLED, Reason.DISK_FULL}
        winner = None if nothing else finish.best(story.iterations)
        run = story.run

        async def deliver() -> Delivery:
            await story.workspace.end_processes(run.task_id)
            delivery = await finish.deliver(run, story.workspace, story.origin, winner)
            if winner is not None and story.origin is not None:
                await self._keep(story, winner, story.origin.base_commit)
            fault_point("finish:delivered")
            return delivery

        try:
            await story.steps.run(
                "finish",
                Delivery,
                deliver,
                lambda transaction, delivery: journal.ended(
                    transaction, run.task_id, ending_of(story, winner, stop, delivery)
                ),
            )
        except Stop as undelivered:
            # An accepted result that cannot be brought back is no success.
            ending = ending_of(story, None, undelivered, Delivery())
            async with self._store.transaction() as transaction:
                await run.claim.hold(transaction.session)
                await journal.ended(transaction, run.task_id, ending)

    async def _keep(self, story: Story, winner: IterationResult, base: str) -> None:
        """Keep accepted work for whoever asks the same again, and forget what did not stand."""
        work, wrong = work_of(story.iterations, winner), refuted(story.iterations)
        if work is None and not wrong:
            return
        excerpts = await asyncio.to_thread(story.workspace.excerpts.read_text)
        first = request_of(story, 1, 1, excerpts, self._clocks)
        async with self._store.database.read() as session:
            who = story.iterations[0] if wrong else winner
            agent = (await self._fleet.muster(session)).find(who.call.agent)
        if agent is not None and wrong:
            await self._reuse.forget(story.run, agent, first, story.workspace, base)
        elif agent is not None and work is not None:
            await self._reuse.keep(story.run, agent, first, story.workspace, base=base, work=work)

    async def _race(self, run: Run, work: Awaitable[T]) -> T:
        return await self._cancellations.race(run.task_id, work, seconds=run.seconds_left)


async def _nothing_reused(_agent: Agent, _asked: AgentRequest) -> Finished | None:
    return None
