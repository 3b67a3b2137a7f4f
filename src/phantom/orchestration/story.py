"""How far a run has come, and what follows from it: the next choice, the next call, the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from phantom.agents.choice import Situation
from phantom.agents.port import AgentRequest, Clocks, Outcome
from phantom.db import models
from phantom.hrm.config import Strategy
from phantom.hrm.context import Context
from phantom.hrm.switching import Move, Turn
from phantom.orchestration import finish
from phantom.orchestration.assess import IterationResult
from phantom.orchestration.calls import CallResult
from phantom.orchestration.finish import Delivery
from phantom.orchestration.retries import given_up
from phantom.orchestration.run import Run
from phantom.orchestration.standing import feedback, set_back_to
from phantom.orchestration.steps import Steps
from phantom.orchestration.stops import Reason, Stop
from phantom.orchestration.turns import OVER
from phantom.orchestration.workspace import Origin, Workspace
from phantom.vocabulary import SwitchReason


@dataclass(slots=True)
class Story:
    """How far a run has come; rebuilt from the recorded steps after a restart."""

    run: Run
    steps: Steps
    workspace: Workspace
    origin: Origin | None = None
    context: Context = field(default_factory=Context)
    iterations: list[IterationResult] = field(default_factory=list)
    last_call: CallResult | None = None
    last_agent: str | None = None
    switches: int = 0
    move: Move = OVER
    chosen: str | None = None
    failures: list[CallResult] = field(default_factory=list)


def by_hand(story: Story) -> bool:
    """Whether a person says who is called."""
    return story.run.config.agent_switching.strategy is Strategy.MANUAL


def undecided(story: Story, attempt: int) -> bool:
    """Whether it is open who goes on: nobody was named, or what was is to be replaced."""
    if story.last_agent is None and story.failures == []:
        return (story.chosen or story.run.requested_agent) is None
    if story.last_agent in given_up(story.failures):
        return True
    return attempt == 1 and story.move.turn is Turn.SWITCH


def may_change(story: Story) -> bool:
    """Whether the agent may be changed: nobody insists on it, and a change is left."""
    free = by_hand(story) or story.run.requested_agent is None
    return free and story.switches < story.run.config.agent_switching.max_switches_per_task


def situation_of(story: Story) -> Situation:
    """What the choice of an agent goes by. Raises Stop where no other one may be tried any more."""
    run, tried = story.run, given_up(story.failures)
    requested = story.chosen or run.requested_agent
    limit = run.config.agent_switching.max_switches_per_task
    if story.last_agent is not None and story.switches >= limit:
        if story.last_agent in tried:
            raise _no_more_switches(limit, story.failures)
        requested = story.last_agent
    leave = None
    if story.last_agent in tried:
        refused = story.failures[-1].outcome is Outcome.NEEDS_AGENT
        leave = SwitchReason.NEEDS_AGENT if refused else SwitchReason.AGENT_FAILED
    elif story.move.turn is Turn.SWITCH and story.last_agent == story.iterations[-1].call.agent:
        leave = story.move.reason
    if story.chosen is not None and story.chosen not in {story.last_agent, *tried}:
        leave = SwitchReason.USER
    if by_hand(story) and requested in tried:
        requested = None  # another one is asked for
    return Situation(
        task_type=run.task_type,
        requires_security=run.requires_security,
        requested=requested,
        tried=tried,
        current=story.last_agent,
        leave=leave,
    )


def request_of(
    story: Story, number: int, attempt: int, excerpts: str, clocks: Clocks
) -> AgentRequest:
    """The call `number`-`attempt` of the run, with the context `excerpts`."""
    run = story.run
    restored = set_back_to(story.iterations)
    return AgentRequest(
        call_id=f"{run.task_id}/{run.attempt}/{number}-{attempt}",
        task_id=run.task_id,
        task_type=run.task_type,
        iteration=number,
        prompt=run.prompt,
        from_issue=run.from_issue,
        workspace=story.workspace.tree,
        scratch=story.workspace.scratch,
        trusted=run.trusted,
        constraints=run.deployment.constraints,
        files=story.context.files,
        context=excerpts,
        feedback=feedback(story.iterations),
        set_back_to=restored.number if restored is not None else None,
        clocks=clocks,
    )


def nobody_left(failures: Sequence[CallResult]) -> Stop:
    """Why no agent is left, with every cause."""
    for failure in failures:
        if failure.outcome is Outcome.NEEDS_AGENT:
            return Stop(
                Reason.NEEDS_AGENT,
                "The task needs an agent that writes new code. Connect one: run `phantom doctor` "
                "to see which are installed.",
            )
    return Stop(
        Reason.AGENT_FAILED, f"Every agent that could take the task failed. {_causes(failures)}"
    )


def _no_more_switches(limit: int, failures: Sequence[CallResult]) -> Stop:
    times = "once" if limit == 1 else f"{limit} times"
    refused = failures[-1].outcome is Outcome.NEEDS_AGENT
    return Stop(
        Reason.NEEDS_AGENT if refused else Reason.AGENT_FAILED,
        f"The task may change its agent {times} (`max_switches_per_task`), and the last one "
        f"failed. {_causes(failures)}",
    )


def _causes(failures: Sequence[CallResult]) -> str:
    return "; ".join(f"{failure.agent}: {failure.message}" for failure in failures)


def ending_of(
    story: Story, winner: IterationResult | None, stop: Stop | None, delivery: Delivery
) -> finish.Ending:
    """What is written down of the end: that of `winner`, or of none and why it stopped."""
    call = winner.call if winner is not None else story.last_call
    status, reason, detail = finish.verdict(winner, call, stop, story.move.reason)
    changes: models.JsonObject = {
        "failure_reason": reason,
        "failure_detail": detail,
        "branch": delivery.branch,
        "content": call.content if call is not None else None,
        "session_id": call.session_id if call is not None else None,
        "result": finish.result_metadata(
            story.origin, winner, delivery, story.iterations, story.steps.seconds
        ),
    }
    if winner is not None:
        changes |= {
            "best_iteration": winner.number,
            # Of a tree without any work in it there may be figures, but none of the work.
            "final_quality": winner.quality if winner.decision.measured else None,
            "current_quality": winner.quality or 0.0,
            "tests_passing": winner.tests_passing,
            "security_issues": winner.security_issues,
        }
    return finish.Ending(status=status, changes=changes)
