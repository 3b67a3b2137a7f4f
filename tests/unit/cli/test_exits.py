"""Exit codes and sentences."""

import pytest

from phantom.cli.exits import ExitCode, report
from phantom.errors import (
    AgentFailed,
    Conflict,
    GitFailed,
    InvalidInput,
    NoAgentAvailable,
    NotFound,
    PhantomError,
    StartupError,
    Unreachable,
)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (InvalidInput, ExitCode.BAD_INPUT),
        (NotFound, ExitCode.BAD_INPUT),
        (Conflict, ExitCode.BAD_INPUT),
        (StartupError, ExitCode.NO_SERVER),
        (Unreachable, ExitCode.NO_SERVER),
        (AgentFailed, ExitCode.TASK_FAILED),
        (NoAgentAvailable, ExitCode.TASK_FAILED),
        (GitFailed, ExitCode.TASK_FAILED),
        (PhantomError, ExitCode.TASK_FAILED),
    ],
)
def test_an_expected_error_is_one_sentence(
    kind: type[PhantomError], code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kind has its exit code; the sentence begins large, ends with a stop, and is alone."""
    assert code == report(kind("the port is taken"))
    assert ("", "phantom: The port is taken.\n") == capsys.readouterr()


def test_a_bug_is_owned_up_to(capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody expected says so, and how to see more; no traceback unasked."""
    assert ExitCode.BUG == report(KeyError("x"))
    told = capsys.readouterr().err
    assert "bug in Phantom (KeyError: 'x')" in told
    assert "--debug" in told
    assert 1 == len(told.splitlines())
