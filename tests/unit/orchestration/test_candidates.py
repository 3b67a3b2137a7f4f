"""What is made of candidates of which some came to their end, and some did not."""

from pathlib import Path

import pytest

from phantom.agents.port import ErrorKind
from phantom.evaluation.port import Report
from phantom.orchestration.assess import Assessment
from phantom.orchestration.calls import CallResult
from phantom.orchestration.sampling import Candidate, usable
from phantom.orchestration.stops import Reason, Stop
from phantom.orchestration.workspace import Workspace
from tests.unit.orchestration.test_standing import made

WORKSPACE = Workspace(Path("/nowhere"))
CALL = CallResult(agent="claude", agent_type="claude")
GOOD = Candidate(WORKSPACE, CALL, Assessment(result=made(1), report=Report()))
FAILED = Candidate(WORKSPACE, CALL.model_copy(update={"error": ErrorKind.ERROR}), None)
LATE = Stop(Reason.DEADLINE, "late")
CANCELLED = Stop(Reason.CANCELLED, "cancelled")


def test_what_was_evaluated_before_the_deadline_is_not_lost() -> None:
    """The others are left out."""
    assert [GOOD, FAILED] == usable([LATE, GOOD, FAILED])


def test_without_an_evaluated_one_the_deadline_ends_the_run() -> None:
    """A failed call is no result."""
    with pytest.raises(Stop, match="late"):
        usable([FAILED, LATE])


def test_where_all_failed_that_is_what_there_is() -> None:
    """Another call is made for them."""
    assert [FAILED, FAILED] == usable([FAILED, FAILED])


@pytest.mark.parametrize("error", [CANCELLED, RuntimeError("cancelled by a bug")])
def test_a_cancellation_and_a_bug_end_the_run_whatever_is_done(error: Exception) -> None:
    """Nobody waits for the result any more, or can trust it."""
    with pytest.raises(type(error), match="cancelled"):
        usable([GOOD, LATE, error])
