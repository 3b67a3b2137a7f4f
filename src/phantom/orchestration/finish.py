"""The end of a run: the best iteration is delivered, whatever ended the run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from phantom.evaluation import is_protected
from phantom.orchestration.assess import IterationResult
from phantom.orchestration.calls import CallResult
from phantom.orchestration.run import Run
from phantom.orchestration.standing import rank
from phantom.orchestration.stops import Reason, Stop
from phantom.orchestration.workspace import Origin, Workspace
from phantom.vocabulary import SwitchReason, TaskStatus

_EARLY = {
    SwitchReason.STALLED: "; in the end the agent changed nothing more, and nobody took its place",
    SwitchReason.GATE_FAILED: "; it failed one gate after another, and nobody took its place",
}


class Delivery(BaseModel):
    """Where the result is: a branch in the user's repository, or None where nothing changed.

    Attributes:
        needs_review: changed files that configure what runs. A person has to look at them: such a
            result is a branch like any other, and is never pushed or merged by Phantom itself.
    """

    model_config = ConfigDict(frozen=True)

    branch: str | None = None
    changed_files: tuple[str, ...] = ()
    needs_review: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ends: its status, and what changes on its row."""

    status: TaskStatus
    changes: Mapping[str, object]


def best(iterations: Sequence[IterationResult]) -> IterationResult | None:
    """The best iteration by `standing.rank`, not the last; of equals the earlier."""
    return max(iterations, key=lambda each: (rank(each), -each.number), default=None)


async def deliver(
    run: Run, workspace: Workspace, origin: Origin | None, winner: IterationResult | None
) -> Delivery:
    """Bring the winner's commit back as a branch; a read-only task has nothing to bring."""
    if origin is None or winner is None or run.task_type.read_only:
        return Delivery()
    # From the commit itself, since an evaluator that broke has no findings.
    review = tuple(filter(is_protected, winner.changed_files))
    delivery = Delivery(changed_files=winner.changed_files, needs_review=review)
    if not winner.changed_files or origin.repository is None:
        return delivery
    await workspace.deliver(origin.repository, run.branch, winner.commit)
    return delivery.model_copy(update={"branch": run.branch})


def verdict(
    winner: IterationResult | None,
    last_call: CallResult | None,
    stop: Stop | None,
    early: SwitchReason | None = None,
) -> tuple[TaskStatus, Reason | None, str | None]:
    """Status, reason and sentence of the end. Only an accepted iteration makes it `completed`.

    `early` says why no further round was made though some were planned.
    """
    if winner is not None and winner.decision.acceptable:
        return TaskStatus.COMPLETED, None, None
    if stop is not None:
        return TaskStatus.FAILED, stop.reason, str(stop)
    reason = winner.decision.reason if winner is not None else "no iteration was evaluated"
    why_early = "" if early is None else _EARLY.get(early, "")
    agent = "" if last_call is None else f" after the work of {last_call.agent}"
    return (
        TaskStatus.FAILED,
        Reason.QUALITY_GATE,
        f"The quality gate was not passed{agent}: {reason}{why_early}.",
    )


def result_metadata(
    origin: Origin | None,
    winner: IterationResult | None,
    delivery: Delivery,
    iterations: Sequence[IterationResult],
    seconds: dict[str, float],
) -> dict[str, object]:
    """What `metadata` of the answer tells besides the reference's own fields."""
    metadata: dict[str, object] = {
        "gate": gate_word(winner),
        "iterations": len(iterations),
        "best_iteration": winner.number if winner is not None else None,
        "branch": delivery.branch,
        "changed_files": list(delivery.changed_files),
        "needs_review": list(delivery.needs_review),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        # What these calls cost nobody can say; the task's cost is without them.
        "calls_of_unknown_cost": sum(each.call.cost is None for each in iterations),
        "agent": winner.call.metadata if winner is not None else {},
    }
    if origin is not None and origin.repository is not None:
        metadata["base_commit"] = origin.base_commit
        metadata["repository"] = str(origin.repository)
        if origin.dirty:
            metadata["notice"] = (
                "The checkout has changes that are not committed; "
                f"the run was cut from HEAD ({origin.base_commit[:12]}) without them."
            )
    return metadata


def gate_word(winner: IterationResult | None) -> str:
    """What the gate made of the result: `passed`, `failed`, `not_measured` or `not_reached`."""
    if winner is None:
        return "not_reached"
    if not winner.decision.measured:
        return "not_measured"
    return "passed" if winner.decision.passed else "failed"
