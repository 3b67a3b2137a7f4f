"""Every way a run can end early, as one family of exceptions.

A `Stop` raised inside a step is recorded as the step's result, so that a resumed run stops at the
same place for the same reason.
"""

from enum import StrEnum

from phantom.errors import (
    DiskFull,
    GitFailed,
    InvalidInput,
    NoAgentAvailable,
    PhantomError,
    is_disk_full,
)
from phantom.ledger.caps import Scope
from phantom.ledger.ledger import OverBudget


class Reason(StrEnum):
    """Why a task ended as `failed`; the wire's `failure_reason`."""

    CANCELLED = "cancelled"
    NEEDS_AGENT = "needs_agent"
    NO_AGENT = "no_agent"
    AGENT_FAILED = "agent_failed"
    QUALITY_GATE = "quality_gate"
    COST_CEILING = "cost_ceiling"
    BUDGET = "budget"
    DEADLINE = "deadline"
    WORKSPACE = "workspace"
    DISK_FULL = "disk_full"
    CRASH_LOOP = "crash_loop"
    INTERNAL_ERROR = "internal_error"


class Stop(PhantomError):
    """The run ends here with the best it has; the message is a sentence for the user."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


_REASONS: tuple[tuple[type[PhantomError], Reason], ...] = (
    (NoAgentAvailable, Reason.NO_AGENT),
    (InvalidInput, Reason.WORKSPACE),
    (GitFailed, Reason.WORKSPACE),
)


def as_stop(error: BaseException) -> Stop | None:
    """The stop that an expected error amounts to, or None for a bug."""
    if isinstance(error, Stop):
        return error
    if isinstance(error, DiskFull) or is_disk_full(error):
        return Stop(
            Reason.DISK_FULL,
            "No space is left on the disk that holds Phantom's data. Free some, then retry.",
        )
    if isinstance(error, OverBudget):
        of_task = error.scope is Scope.TASK
        return Stop(Reason.COST_CEILING if of_task else Reason.BUDGET, str(error))
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return Stop(reason, str(error))
    return None
